"""Says what is wrong with a catalogue, in sentences for its author; a catalogue without complaints is safe to use."""

from __future__ import annotations

from pathlib import Path

from systems_changers.infra.catalogues import fits, parse_plural_forms
from systems_changers.infra.languages import plural_forms
from systems_changers.infra.po import parse, read_headers

SAMPLE = range(201)


def check_catalogue(file: Path) -> list[str]:
    """Complaints about a .po file whose folder names its locale (`gd/LC_MESSAGES/messages.po`)."""
    text = file.read_text("utf-8")
    code = file.parent.parent.name
    header = read_headers(text).get("plural-forms", "")
    complaints = _about_header(code, header)
    count = parse_plural_forms(header or plural_forms(code) or "")[0]
    try:
        messages = parse(text, code)
    except ValueError as error:
        return [*complaints, f"{code}: can't be read: {error}"]
    for message in messages:
        if message.id:
            given = (message.string,) if isinstance(message.string, str) else message.string
            forms = [form for form in given or () if form]
            said = message.id if isinstance(message.id, str) else message.id[-1]
            complaints += [
                f"{code}: {said!r}: {why}"
                for why in _about_message(message, said, forms, count if said != message.id else 1)
            ]
    return complaints


def _about_header(code: str, header: str) -> list[str]:
    ours = plural_forms(code)
    if not header:
        return [f"{code}: no Plural-Forms header; it should be {ours or 'given'}"]
    if ours is None:
        return []
    count, rule = parse_plural_forms(header)
    known, right = parse_plural_forms(ours)
    if count != known or any(rule(n) != right(n) for n in SAMPLE):
        return [f"{code}: Plural-Forms is {header!r}; it should be {ours!r}"]
    return []


def _about_message(message: object, said: str, forms: list[str], count: int) -> list[str]:
    why = []
    if getattr(message, "fuzzy", False):
        why.append("fuzzy, so it is not used")
    if getattr(message, "context", None):
        why.append("has a context, which is not used")
    if forms and len(forms) != count:
        why.append(f"{len(forms)} forms where the language has {count}")
    fewer = count > 1
    why += [f"{form!r} has other places or markup" for form in forms if not fits(said, form, fewer=fewer)]
    return why
