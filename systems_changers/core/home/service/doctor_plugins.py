"""What plugins tell a doctor of their own part, partner by partner; one that can't say is a finding too.

Whatever a plugin says may name somebody: the support file shows its sentences with their numbers alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from systems_changers.core.home.service.doctor_working import Patient
from systems_changers.hooks.checks import CheckResult
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.scope import no_links
from systems_changers.infra.findings import WARNING, Finding
from systems_changers.infra.text import Message, msg

SILENT = "checks"
TELL = msg("Look at the operator's list of plugins, and tell whoever makes it.")


@dataclass(frozen=True, slots=True)
class PluginFinding:
    """A plugin's finding at one partner; `id` is `<plugin>.<id>`."""

    id: str
    partner: str
    finding: Finding


def told_by_plugins(patient: Patient) -> Iterator[PluginFinding]:
    """What every plugin says at every partner where it is on; an error of a plugin is shown as one."""
    for partner in patient.partners():
        if partner.plugins:
            yield from _at(patient, partner)


def _at(patient: Patient, partner: PartnerFacts) -> Iterator[PluginFinding]:
    with patient.kit.scope(partner, ANYONE, links=no_links) as scope:
        found, silent = scope.hooks.offer_checks(scope)
    for slug, result in found:
        yield PluginFinding(f"{slug}.{result.id}", partner.slug, _finding(result))
    for slug in dict.fromkeys(silent):
        said = msg("The plugin %(slug)s could not look at its part.", slug=slug)
        yield PluginFinding(f"{slug}.{SILENT}", partner.slug, Finding(WARNING, said, TELL))


def _finding(result: CheckResult) -> Finding:
    fix = _message(result.fix) if result.fix is not None else None
    return Finding(result.status, _message(result.message), fix)


def _message(said: Message | str) -> Message:
    return said if isinstance(said, Message) else Message(said)


def without_names(said: Message) -> Message:
    """The sentence with its numbers, and an ellipsis for everything else that stands in it."""
    return Message(said.text, {name: _number(value) for name, value in said.values.items()}, said.many)


def _number(value: object) -> object:
    return value if isinstance(value, int | float) else "…"
