"""Looks an instance over, part by part, and mends what can be mended by itself.

A check that fails to look says so and leaves the others alone: an instance that is ill must still be looked at.
"""

from __future__ import annotations

import json
import platform
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import Field, dataclass, fields, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from systems_changers.core.home.service.doctor_kept import KEPT
from systems_changers.core.home.service.doctor_plugins import told_by_plugins, without_names
from systems_changers.core.home.service.doctor_working import WORKING, Patient
from systems_changers.core.operations import service as operations
from systems_changers.hooks.kit import Kit, load_plugins, open_kit
from systems_changers.infra.checks_database import DATABASE, Engines
from systems_changers.infra.checks_machine import MACHINE
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.findings import COULD_NOT_LOOK, COULD_NOT_MEND, ERROR, OK, Check, Finding, fine, look, tried
from systems_changers.infra.settings import Settings
from systems_changers.infra.text import msg


@dataclass(frozen=True, slots=True)
class Looked:
    """What one check found; `mended` where it was put right just now, `partner` where a plugin told it of one."""

    id: str
    finding: Finding
    mended: bool = False
    partner: str | None = None

    @property
    def message(self) -> str:
        """What was found, and at which partner."""
        return f"{self.partner}: {self.finding.message}" if self.partner else str(self.finding.message)

    def impersonal(self) -> Looked:
        """What may leave the house: of a plugin's sentences only the words it came with, and numbers."""
        if self.partner is None:
            return self
        found = self.finding
        fix = without_names(found.fix) if found.fix is not None else None
        return replace(self, finding=replace(found, message=without_names(found.message), fix=fix))

    def as_json(self) -> dict[str, Any]:
        """As `doctor --json` prints it."""
        fix = self.finding.fix
        return {
            "id": self.id,
            "status": self.finding.status,
            "message": self.message,
            "fix": None if fix is None else str(fix),
            "fixable": self.finding.mend is not None,
            "fixed": self.mended,
            **({"partner": self.partner} if self.partner else {}),
        }


ASKED = "plugin-checks"
PERSONAL = frozenset({"mail_user", "mail_from", "data"})


def look_over(settings: Settings, *, fix: bool = False) -> list[Looked]:
    """Make every check; with `fix` mend what mends itself, and look at that again."""
    registry = load_plugins(settings)
    kit = open_kit(settings, operations.FaultBook(), registry=registry)
    owner = open_owner_engine(settings.owner_url)
    try:
        return list(_looked(settings, kit, Engines(kit.engine, owner), fix=fix))
    finally:
        owner.dispose()
        kit.engine.dispose()


def _looked(settings: Settings, kit: Kit, engines: Engines, *, fix: bool) -> Iterator[Looked]:
    parts: tuple[tuple[Sequence[Check], object], ...] = (
        (MACHINE, settings), (DATABASE, engines), (WORKING, Patient(kit)), (KEPT, settings),
    )  # fmt: skip
    for checks, subject in parts:
        for check in checks:
            finding = look(check, subject)
            if fix and finding.mend is not None:
                yield _mended(check, subject, finding.mend)
            else:
                yield Looked(check.id, finding)
    yield from _told_by_plugins(Patient(kit))


def _told_by_plugins(patient: Patient) -> list[Looked]:
    """What plugins say of their own part; that they can't be asked at all is a finding like any other."""
    told: list[Looked] = []

    def ask() -> Finding:
        told.extend(Looked(each.id, each.finding, partner=each.partner) for each in told_by_plugins(patient))
        return fine(msg("Every plugin could be asked."))

    return [Looked(ASKED, tried(ask, COULD_NOT_LOOK)), *told]


def _mended(check: Check, subject: object, mend: Callable[[], object]) -> Looked:
    def mend_and_look() -> Finding:
        mend()
        return check.look(subject)

    again = tried(mend_and_look, COULD_NOT_MEND)
    return Looked(check.id, again, mended=again.status == OK)


def worst(looked: Sequence[Looked]) -> bool:
    """Whether anything is broken."""
    return any(each.finding.status == ERROR for each in looked)


def support_file(settings: Settings, looked: Sequence[Looked], file: Path) -> None:
    """Write what somebody who helps needs to know: versions, settings without secrets, findings; no personal data."""
    told = {
        "kit": version("systems-changers"),
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
        "settings": {each.name: _told(settings, each) for each in fields(settings)},
        "checks": [each.impersonal().as_json() for each in looked],
    }
    text = json.dumps(told, ensure_ascii=False, indent=2, default=str)
    for place, name in ((settings.data, "DATA"), (Path.home(), "HOME")):  # a folder's name may be a person's
        text = text.replace(str(place), name)
    file.write_text(f"{text}\n", "utf-8")


def _told(settings: Settings, setting: Field[Any]) -> object:
    value = getattr(settings, setting.name)
    if setting.metadata["secret"] or setting.name in PERSONAL:
        return "set" if value else "not set"
    return value
