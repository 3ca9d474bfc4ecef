"""Keeps `translations/` in step with the sources: `python -m systems_changers.testing.strings [--plugin FOLDER]`.

Works on the core's folder and on a plugin's alike. Line numbers and dates are left out, so that a file changes only
when its words do.
"""

from __future__ import annotations

import io
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from babel.messages import pofile
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

from systems_changers.core.summaries.rules.indicators import SPOKEN_FIELDS
from systems_changers.infra.catalogue_check import check_catalogue
from systems_changers.infra.languages import plural_forms
from systems_changers.infra.paths import PACKAGE
from systems_changers.infra.po import read_headers
from systems_changers.testing.sources import package_in

KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "N_": None,
    "msg": None,
    "nmsg": (1, 2),
}
_JINJA = {
    "extensions": "jinja2.ext.do",
    "trimmed": "true",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "silent": "false",
}
METHODS = [
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
    ("**/templates/**.txt", "jinja2"),
    ("**/indicators/**.toml", "systems_changers.testing.strings:indicator_texts"),
    ("**/plugin.toml", "systems_changers.testing.strings:setting_texts"),
]
OPTIONS = {pattern: _JINJA for pattern, method in METHODS if method == "jinja2"}
COMPLETE = ("gd", "cy", "en_GB@scots", "en_GB@easyread")
PLACE = Path("LC_MESSAGES") / "messages.po"
NOT_CORE = ("plugins", "testing")


def indicator_texts(
    file: IO[bytes], _keywords: object, _tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """What an indicator's definition says to people: its spoken fields. Takes no `options`; Babel names them."""
    del options
    definition = tomllib.load(file)
    for field in SPOKEN_FIELDS:
        text = definition.get(field)
        if isinstance(text, str) and text:
            yield 1, "gettext", text, []


def setting_texts(
    file: IO[bytes], _keywords: object, _tags: object, options: object
) -> Iterator[tuple[int, str, str, list[str]]]:
    """What a plugin's settings say on their page: label and hint. Takes no `options`; Babel names them."""
    del options
    for setting in tomllib.load(file).get("settings", {}).values():
        for field in ("label", "hint"):
            if setting.get(field):
                yield 1, "gettext", setting[field], []


def core_translations() -> Path:
    """The checkout's folder, whether or not it holds a template yet."""
    return PACKAGE.parent / "translations"


def extract(sources: Path, *, leave_out: Sequence[str] = ()) -> Catalog:
    """Every string marked for translation under `sources`, with its files; raises on a template that can't be read."""
    found = Catalog(charset="utf-8")
    rows = sorted(extract_from_dir(sources, METHODS, OPTIONS, KEYWORDS, ("For translators:",)), key=lambda row: row[:2])
    for file, _line, message, comments, _context in rows:
        if Path(file).parts[0] not in leave_out:
            found.add(message, locations=[(Path(file).as_posix(), 0)], auto_comments=comments)
    return found


def extract_core() -> Catalog:
    """The core's strings; shipped plugins carry their own."""
    return extract(PACKAGE, leave_out=NOT_CORE)


def _of_plugin(folder: Path) -> tuple[Path, Catalog, Sequence[str]]:
    """A plugin's folder of catalogues, its strings, and its languages."""
    package = package_in(folder)
    languages = tomllib.loads((package / "plugin.toml").read_text("utf-8")).get("languages", ())
    return package / "translations", extract(package), languages


def ids(catalog: Catalog) -> set[str]:
    """The msgids; a plural counts by its singular."""
    return {_key(message.id) for message in catalog if message.id}


def _key(id: str | Sequence[str]) -> str:
    return id if isinstance(id, str) else id[0]


def template_ids(folder: Path) -> set[str]:
    """The msgids in `messages.pot`."""
    with (folder / "messages.pot").open("rb") as file:
        return ids(pofile.read_po(file))


def missing(folder: Path, code: str, wanted: Catalog) -> list[str]:
    """The msgids that one language has no usable text for, in the order of the sources."""
    file = folder / code / PLACE
    if not file.is_file():
        return [_key(message.id) for message in wanted if message.id]
    with file.open("rb") as stream:
        known = pofile.read_po(stream)
    return [_key(message.id) for message in wanted if message.id and not _usable(known, message.id)]


def _usable(known: Catalog, id: str | Sequence[str]) -> bool:
    message = known.get(_key(id))
    if message is None or message.fuzzy:
        return False
    forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
    plural = not isinstance(id, str)
    return bool(forms) and all(forms) and (len(forms) == known.num_plurals if plural else True)


def update(folder: Path, wanted: Catalog, codes: Sequence[str] = ()) -> None:
    """Write `messages.pot` and bring every catalogue (and each of `codes`) up to date; no text is lost."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "messages.pot").write_text(_header("", {}) + _body(wanted), "utf-8")
    present = {file.parent.parent.name for file in folder.glob(f"*/{PLACE}")}
    for code in sorted(present | set(codes)):
        file = folder / code / PLACE
        file.parent.mkdir(parents=True, exist_ok=True)
        text = file.read_text("utf-8") if file.is_file() else _header(code, {})
        headers = read_headers(text)
        catalog = pofile.read_po(io.BytesIO(text.encode()), locale=code)
        for old in list(catalog.obsolete.values()):  # a string that came back keeps its text
            catalog[old.id] = old
        catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        file.write_text(_header(code, headers) + _body(catalog), "utf-8")


def fill(folder: Path, code: str, texts: Mapping[str, str | Sequence[str]]) -> None:
    """Set texts by msgid (a list of forms for a plural); refuses msgids that the catalogue lacks."""
    file = folder / code / PLACE
    text = file.read_text("utf-8")
    catalog = pofile.read_po(io.BytesIO(text.encode()), locale=code)
    for msgid, given in texts.items():
        message = catalog.get(msgid)
        if message is None:
            raise KeyError(msgid)
        message.string = given if isinstance(given, str) else tuple(given)
    file.write_text(_header(code, read_headers(text)) + _body(catalog), "utf-8")


def _header(code: str, headers: Mapping[str, str]) -> str:
    wanted = {
        "Project-Id-Version": "Systems Changers",
        "Language": code,
        "Last-Translator": headers.get("last-translator", "Machine draft" if code else ""),
        "X-Accepted-By": headers.get("x-accepted-by", ""),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": plural_forms(code) or headers.get("plural-forms", ""),
    }
    lines = [f'"{name}: {value}\\n"' for name, value in wanted.items() if value or name == "X-Accepted-By"]
    return "\n".join(['msgid ""', 'msgstr ""', *lines, "", ""])


def _body(catalog: Catalog) -> str:
    out = io.BytesIO()
    pofile.write_po(out, catalog, width=120, omit_header=True, include_lineno=False)
    return out.getvalue().decode()


def main(arguments: Sequence[str]) -> int:
    """[--plugin FOLDER]: update. `missing CODE`: print what is missing as JSON. `fill CODE FILE`: set texts from JSON.

    A plugin is brought up to date in the languages that its plugin.toml names.
    """
    words = list(arguments)
    if words[:1] == ["--plugin"] and len(words) > 1:
        folder, wanted, codes = _of_plugin(Path(words[1]))
        words = words[2:]
    else:
        folder, wanted, codes = core_translations(), extract_core(), COMPLETE
    match words:
        case ["missing", code]:
            print(json.dumps(missing(folder, code, wanted), ensure_ascii=False, indent=1))
        case ["fill", code, file]:
            fill(folder, code, json.loads(Path(file).read_text("utf-8")))
        case []:
            update(folder, wanted, codes)
        case _:
            print(main.__doc__)
            return 2
    problems = [each for file in sorted(folder.glob(f"*/{PLACE}")) for each in check_catalogue(file)]
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
