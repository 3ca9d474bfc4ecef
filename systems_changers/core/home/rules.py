"""Home's rules: where a redirect may lead, and what a register of past deliveries may say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.tables import guess_columns
from systems_changers.infra.text import Message, msg
from systems_changers.web.links import split_address


def path_on_this_host(text: str) -> str | None:
    """A relative path with its query, or None for anything that could lead to another host."""
    if text.startswith("//") or any(sign in text for sign in ("\\", "\t", "\n", "\r", "\0")):
        return None
    parts = split_address(text)
    if parts is None or parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


# --- registers of past deliveries: which column is what, and what a cell may say ---

REGISTER_FIELDS = ("key", "host", "date", "head_count", "programme", "country", "latitude", "longitude", "url")
REQUIRED_FIELDS = ("host", "date")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "key": ("key", "slug", "id", "identifier", "reference", "ref", "event id", "workshop id", "delivery id"),
    "host": (
        "host", "host name", "hostname", "host organisation", "host organization", "hosted by", "partner",
        "organisation", "organization", "organisation name", "organization name", "institution", "delivered by",
    ),
    "date": (
        "date", "start date", "start", "starts on", "started on", "delivered on", "delivery date", "date delivered",
        "event date", "session date", "workshop date", "day", "when", "startdate",
    ),
    "head_count": (
        "head count", "headcount", "attendance", "attendees", "participants", "number of participants", "attended",
        "number attending", "number of people", "no of people", "no of participants", "people", "learners", "heads",
    ),
    "programme": (
        "programme", "program", "tag name", "tags", "tag", "course", "programmes", "type", "workshop type", "stream",
    ),
    "country": ("country", "country code", "nation"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lng", "lon", "long"),
    "url": ("url", "link", "website", "web address", "web page", "address url", "homepage"),
}  # fmt: skip
LONGEST_HOST, LONGEST_KEY, LONGEST_NOTE = 200, 160, 500
MOST_HEADS = 1_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2100
_WEB = re.compile(r"^[a-z][a-z0-9+.-]*://|^www\.|^[^\s/@]+\.[a-z]{2,}/", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ][\d:.+Z-]*)?$")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?: [\d:.]+)?$")
_NAMED_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]([a-z]{3,9})\.?,?[ -](\d{4})$", re.IGNORECASE)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FORMAT_WORDS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d", "M": "%m", "D": "%d"}


class CellError(Exception):
    """What is wrong with one cell: the field, a stable code, and a sentence that says the way out."""

    def __init__(self, field: str, code: str, message: Message) -> None:
        super().__init__(code)
        self.field, self.code, self.message = field, code, message


@dataclass(frozen=True, slots=True)
class Delivery:
    """One good row. `key` is None where it has none of its own; `heads` None where no head count was recorded."""

    host: str
    day: date
    heads: int | None
    key: str | None
    details: Mapping[str, Any]


def columns_of(headers: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """The column of each field: as `mapping` (column to field) says, else as guessed.

    Raises Invalid (codes unknown_field, unknown_column, column_missing) with the way out.
    """
    known = ", ".join(header for header in headers if header.strip())
    chosen: dict[str, str] = {}
    for column, field in mapping.items():
        if field not in REGISTER_FIELDS:
            fields = ", ".join(REGISTER_FIELDS)
            message = msg("There is no field called %(field)s; the fields are %(fields)s.", field=field, fields=fields)
            raise Invalid(message, code="unknown_field")
        if column not in headers:
            raise Invalid(
                msg("There is no column called %(column)s; the columns are %(known)s.", column=column, known=known),
                code="unknown_column",
            )
        chosen[field] = column
    taken = set(chosen.values())
    guessed = {field: column for field, column in guess_columns(headers, HEADERS).items() if column not in taken}
    columns = guessed | chosen
    for field in REQUIRED_FIELDS:
        if field not in columns:
            words = msg(
                "No column looks like the %(field)s: say which with --map COLUMN=%(field)s. The columns are %(known)s.",
                field=field,
                known=known,
            )
            raise Invalid(words, code="column_missing")
    return columns


def date_format_of(text: str | None) -> str | None:
    """A format for strptime, from one (%d/%m/%Y) or from letters (DD/MM/YYYY); raises Invalid (bad_date_format)."""
    if text is None:
        return None
    made = text if "%" in text else re.sub(r"YYYY|YY|MM|DD|M|D", lambda found: _FORMAT_WORDS[found[0]], text.upper())
    try:
        day = date(2023, 11, 30)
        good = datetime.strptime(day.strftime(made), made).date() == day  # noqa: DTZ007 - a day has no zone
    except ValueError:
        good = False
    if not good:
        raise Invalid(
            msg("%(wish)s is no date format: write it like DD/MM/YYYY or %(other)s.", wish=text, other="%d/%m/%Y"),
            code="bad_date_format",
        )
    return made


def read_delivery(
    cells: Mapping[str, str], date_format: str | None, today: date
) -> tuple[Delivery | None, list[CellError]]:
    """A row's delivery, or everything that is wrong with it. `cells` maps fields to their text."""
    wrong: list[CellError] = []

    def take(read: Callable[[], Any]) -> Any:
        try:
            return read()
        except CellError as error:
            wrong.append(error)
            return None

    host = take(lambda: host_name(cells.get("host", "")))
    day = take(lambda: _past(delivery_day(cells.get("date", ""), date_format), today))
    heads = take(lambda: head_count(cells.get("head_count", "")))
    key = take(lambda: row_key(cells.get("key", "")))
    if wrong or host is None or day is None:
        return None, wrong
    return Delivery(host, day, heads, key, _details(cells)), []


def host_name(text: str) -> str:
    """A host as a partner's name; raises CellError for what can't be one."""
    name = clean_text(text, lines=False)
    if not name:
        raise CellError("host", "host_missing", msg("The host is blank: name the organisation."))
    if _WEB.match(name):
        raise CellError("host", "host_is_address", msg("The host is a web address: name the organisation instead."))
    if not any(sign.isalpha() for sign in name):
        raise CellError("host", "host_not_a_name", msg("%(said)s is no organisation's name.", said=name[:40]))
    if len(name) > LONGEST_HOST:
        raise CellError("host", "host_too_long", msg("The host has more than %(most)s characters.", most=LONGEST_HOST))
    return name


def delivery_day(text: str, date_format: str | None) -> date:
    """A day: in the given format or year first; without a format also day first. Raises CellError."""
    wanted = " ".join(text.split())
    if not wanted:
        raise CellError("date", "date_missing", msg("The date is blank."))
    if date_format is not None:
        with suppress(ValueError):
            return _in_reach(datetime.strptime(wanted, date_format).date(), wanted)  # noqa: DTZ007 - a day has no zone
    parts = _day_parts(wanted, only_year_first=date_format is not None)
    if parts is None:
        raise CellError("date", "date_unreadable", msg("%(said)s can't be read as a date: write it like 2019-03-31.",
                                                       said=wanted[:40]))  # fmt: skip
    try:
        return _in_reach(date(*parts), wanted)
    except ValueError:
        raise CellError("date", "date_impossible", msg("There is no such day as %(said)s.", said=wanted[:40])) from None


def _day_parts(text: str, *, only_year_first: bool) -> tuple[int, int, int] | None:
    if found := _YEAR_FIRST.match(text):
        return int(found[1]), int(found[2]), int(found[3])
    if only_year_first:
        return None
    if found := _DAY_FIRST.match(text):
        year = int(found[3])
        return (year if len(found[3]) > 2 else 2000 + year), int(found[2]), int(found[1])  # noqa: PLR2004 - two digits
    if (found := _NAMED_MONTH.match(text)) and found[2][:3].lower() in _MONTHS:
        return int(found[3]), _MONTHS.index(found[2][:3].lower()) + 1, int(found[1])
    return None


def _past(day: date, today: date) -> date:
    if day <= today:
        return day
    raise CellError("date", "date_in_future", msg("%(said)s is still to come: a register holds what took place.",
                                                  said=day))  # fmt: skip


def _in_reach(day: date, text: str) -> date:
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return day
    raise CellError("date", "date_out_of_reach", msg("%(said)s is too far from today.", said=text[:40]))


def head_count(text: str) -> int | None:
    """A whole number from 0; None where nothing was recorded, which is never the same as 0. Raises CellError."""
    wanted = text.strip()
    if not wanted:
        return None
    if not (wanted.isascii() and wanted.isdecimal()):
        not_whole = msg("%(said)s is no whole number from 0; leave it blank where nobody counted.", said=wanted[:40])
        raise CellError("head_count", "head_count_not_whole", not_whole)
    if len(wanted.lstrip("0")) > len(str(MOST_HEADS)) or int(wanted) > MOST_HEADS:
        too_many = msg("%(said)s people is more than can be.", said=wanted[:40])
        raise CellError("head_count", "head_count_too_large", too_many)
    return int(wanted)


def row_key(text: str) -> str | None:
    """A row's own key, or None where the cell is blank. Raises CellError."""
    key = clean_text(text, lines=False)
    if len(key) > LONGEST_KEY:
        raise CellError("key", "key_too_long", msg("The key has more than %(most)s characters.", most=LONGEST_KEY))
    return key or None


def _details(cells: Mapping[str, str]) -> dict[str, Any]:
    """What is kept beside date and heads, as text; whatever a cell says, it is never run and never shown as markup."""
    made: dict[str, Any] = {}
    if tags := [clean_text(tag, lines=False)[:LONGEST_NOTE] for tag in re.split(r"[,;|]", cells.get("programme", ""))]:
        made["programme"] = list(dict.fromkeys(tag for tag in tags if tag))
    for field in ("country", "latitude", "longitude", "url"):
        if text := clean_text(cells.get(field, ""), lines=False)[:LONGEST_NOTE]:
            made[field] = text
    return made


def readable(value: Any) -> str:
    """A value as a person reads it."""
    if value is None:
        return ""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


# --- why somebody sees a page, or doesn't ---

CLOSED_TO_MANAGERS = frozenset({"summaries.report", "summaries.reports"})
"""Pages of a cohort that a line manager, who sees its name and dates, doesn't see."""
OWNERS_ONLY = frozenset({
    "experiments.edit", "experiments.evidence", "experiments.review", "experiments.sharing", "experiments.save",
    "experiments.move", "experiments.decide", "experiments.add_evidence", "experiments.remove_evidence",
    "experiments.restore_evidence", "experiments.remove_owner",
})  # fmt: skip
"""Pages and forms of an experiment that change it."""
AUTHOR_ONLY = frozenset({
    "experiments.delete", "experiments.restore", "experiments.share", "experiments.share_with_person",
    "experiments.stop_sharing", "experiments.add_owner",
})  # fmt: skip
"""Forms by which its author alone decides about an experiment."""
AT_ITS_TIME = frozenset({
    "people.connected", "people.second_step", "people.sign_on", "people.sign_on_back", "people.sign_on_go",
    "sessions.correct", "sessions.write_up",
})  # fmt: skip
"""Pages that are there only while something stands so far."""
ADDED_LATER = frozenset({
    "agreement_id", "complaint_id", "consent_id", "digest", "evidence_id", "label", "part", "part_id", "passkey_id",
    "person_id", "planned_id", "request_id", "role", "slug",
})  # fmt: skip
"""What an address names that no rule of its own decides about: it is there for those with the role, or for nobody."""
