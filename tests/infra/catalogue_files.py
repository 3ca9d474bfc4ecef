"""Catalogues as a test writes them."""

from pathlib import Path

from systems_changers.infra.languages import PLURAL_FORMS


def write(home: Path, code: str, body: str, *, plural: str | None = None, by: str = "") -> Path:
    """A .po file under `home`; `plural=""` leaves the header out."""
    header = PLURAL_FORMS[code] if plural is None else plural
    file = home / code / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True)
    lines = [f'"Language: {code}\\n"', f'"X-Accepted-By: {by}\\n"']
    lines += [f'"Plural-Forms: {header}\\n"'] if header else []
    file.write_text("\n".join(['msgid ""', 'msgstr ""', *lines, "", body]), "utf-8")
    return file


def one(msgid: str, text: str) -> str:
    return f'msgid "{msgid}"\nmsgstr "{text}"\n\n'


def many(single: str, plural: str, *forms: str) -> str:
    said = "".join(f'msgstr[{n}] "{form}"\n' for n, form in enumerate(forms))
    return f'msgid "{single}"\nmsgid_plural "{plural}"\n{said}\n'
