"""What a doctor looks at in the instance's working: its people, partners, plugins, modules, mail and jobs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import available_timezones

import sqlalchemy as sa

from systems_changers.core.curriculum.models import CanonicalModule
from systems_changers.core.operations import queries as operations
from systems_changers.core.operations.models import Instance, OperatorAudit
from systems_changers.core.operations.service import inspect_newest, name_of, seal_all, waits_since
from systems_changers.core.partners.queries import hosting_partners, plugins_in_use
from systems_changers.core.people.models import Account, Membership
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import OperatorScope, no_links
from systems_changers.infra import revisions
from systems_changers.infra.checks_database import UPGRADE
from systems_changers.infra.files import StoreFailed
from systems_changers.infra.findings import Check, Finding, broken, doubtful, fine
from systems_changers.infra.jobs import JobRow, OutboxRow
from systems_changers.infra.text import msg, nmsg

MODULES = 14
SEALS = 20_000  # as many as are looked at in a second or less
A_FEW, MOST_FILES = 20, 200
LATE, STUCK, IDLE = timedelta(minutes=15), timedelta(hours=2), timedelta(days=2)
SELDOM = frozenset({"backup"})
"""Work whose interval a setting says; a check of its own looks at it."""
SERVE = msg("Start `systems-changers serve`; it does what is due.")


@dataclass(frozen=True, slots=True)
class Patient:
    """The instance that is looked at."""

    kit: Kit

    @contextmanager
    def scope(self) -> Iterator[OperatorScope]:
        """A scope outside any partner, for reading."""
        with self.kit.operator_scope(ANYONE, links=no_links) as scope:
            yield scope

    def partners(self) -> list[PartnerFacts]:
        """The hosting partners and the foundation."""
        return hosting_partners(self.kit.engine)


def upgraded(patient: Patient) -> Finding:
    """Whether the core's tables and the plugins' are those of what is installed."""
    plugins = [(slug, manifest.migrations) for slug, manifest in patient.kit.registry.manifests.items()]
    waiting = revisions.waiting(patient.kit.engine, plugins)
    for slug, why in waiting.items():
        return broken(msg("%(name)s: %(why)s", name=slug, why=why), UPGRADE)
    return fine(msg("The tables are those of what is installed."))


def instance(patient: Patient) -> Finding:
    """Whether there is an instance, of the kind that its folder says."""
    with patient.scope() as scope:
        kind = scope.db.scalar(sa.select(Instance.kind).limit(1))
    if kind is None:
        return broken(msg("There is no instance here yet."), msg("Make one: `systems-changers init`."))
    if (kind == "demo") != patient.kit.settings.demo:
        return broken(msg("This database belongs to another kind of instance than its folder says."),
                      msg("Bring the folder and the database together again."))  # fmt: skip
    return fine(msg("It is a demo.") if kind == "demo" else msg("It is a real instance."))


def operator(patient: Patient) -> Finding:
    """Whether somebody can look after the instance."""
    with patient.scope() as scope:
        wanted = (Account.is_operator.is_(True), Account.disabled_at.is_(None))
        found = scope.db.scalar(sa.select(sa.func.count(Account.id)).where(*wanted)) or 0
    if not found:
        return doubtful(msg("Nobody operates this instance yet."),
                        msg("Open the set-up link of `init`, or make one: `systems-changers partner administrator"
                            " SLUG EMAIL --operator`."))  # fmt: skip
    return fine(msg("Somebody operates this instance."))


def administrators(patient: Patient) -> Finding:
    """Whether every partner is looked after by somebody."""
    alone = [partner.slug for partner in patient.partners() if not _has_administrator(patient, partner)]
    if alone:
        return doubtful(msg("Nobody looks after these partners: %(names)s.", names=", ".join(alone)),
                        msg("Make a set-up link: `systems-changers partner administrator %(slug)s EMAIL`.",
                            slug=alone[0]))  # fmt: skip
    return fine(msg("Every partner has an administrator."))


def _has_administrator(patient: Patient, partner: PartnerFacts) -> bool:
    wanted = (Membership.role == "administrator", Membership.deleted_at.is_(None))
    with patient.kit.scope(partner, ANYONE, links=no_links) as scope:
        return bool(scope.db.scalar(sa.select(sa.exists().where(*wanted))))


def time_zones(patient: Patient) -> Finding:
    """Whether this machine knows the partners' time zones."""
    known = available_timezones()
    unknown = sorted({partner.time_zone for partner in patient.partners()} - known)
    if unknown:
        return broken(msg("This machine does not know these time zones: %(names)s.", names=", ".join(unknown)),
                      msg("Install the system's time zones, or the Python package tzdata."))  # fmt: skip
    return fine(msg("The partners' time zones are known."))


def languages(patient: Patient) -> Finding:
    """Whether the kit speaks the partners' languages."""
    wanted = {code for partner in patient.partners() for code in partner.locales}
    lacking = sorted(code for code in wanted if not patient.kit.catalogues.speaks(code))
    if lacking:
        return doubtful(msg("The kit has no words in %(names)s, and speaks English there.", names=", ".join(lacking)),
                        msg("Install a plugin that brings them."))  # fmt: skip
    return fine(msg("The partners' languages are known."))


def clock(patient: Patient) -> Finding:
    """Whether what was written lies behind us."""
    with patient.scope() as scope:
        latest = scope.db.scalar(sa.select(sa.func.max(OperatorAudit.at)))
    now = patient.kit.clock.now()
    if latest is not None and latest > now + LATE:
        return broken(msg("Something was written on %(day)s: the clock was wrong then, or is now.",
                          day=latest.date()),
                      msg("Set the machine's clock by the network."))  # fmt: skip
    return fine(msg("The clock says %(now)s.", now=now))


def kept_out(patient: Patient) -> Finding:
    """Whether an installed plugin is kept out."""
    for out in patient.kit.registry.quarantined:
        return broken(msg("The plugin %(slug)s is kept out: %(why)s", slug=out.slug, why=out.why),
                      msg("Put it right or take it away."))  # fmt: skip
    return fine(msg("No plugin is kept out."))


def gone(patient: Patient) -> Finding:
    """Whether a plugin that is on somewhere is no longer installed."""
    here = {*patient.kit.registry.manifests, *(each.slug for each in patient.kit.registry.quarantined)}
    lost = sorted(plugins_in_use(patient.kit.engine) - here)
    if lost:
        return doubtful(msg("These plugins are on at a partner and not installed: %(names)s.", names=", ".join(lost)),
                        msg("Install them again, or switch them off: `systems-changers plugin disable %(slug)s"
                            " --partner SLUG`.", slug=lost[0]))  # fmt: skip
    return fine(msg("Every plugin that is on is installed."))


def faults(patient: Patient) -> Finding:
    """Whether a plugin did something wrong that was not put right."""
    with patient.scope() as scope:
        found = operations.faults_by_plugin(scope)
    for slug, lines in found.items():
        return doubtful(msg("The plugin %(slug)s failed in %(hook)s.", slug=slug, hook=lines[0].hook),
                        msg("Tell whoever makes it; then take it off the operator's list of plugins."))  # fmt: skip
    return fine(msg("No plugin failed."))


def modules(patient: Patient) -> Finding:
    """Whether the canonical modules are there."""
    wanted = sa.select(sa.func.count(CanonicalModule.hash)).where(CanonicalModule.withdrawn_at.is_(None))
    with patient.scope() as scope:
        found = scope.db.scalar(wanted) or 0
    if found != MODULES:
        return broken(msg("%(count)s of %(all)s canonical modules are there.", count=found, all=MODULES), UPGRADE)
    return fine(msg("All %(all)s canonical modules are there.", all=MODULES))


def given_up(patient: Patient) -> Finding:
    """Whether something could not be sent or told after the last try."""
    with patient.scope() as scope:
        count = operations.parked(scope, size=1).total
    if count:
        said = nmsg("%(count)s thing could not be sent or told.", "%(count)s things could not be sent or told.", count)
        return doubtful(said, msg("Look at what was given up on the operator's pages, and try again there."))
    return fine(msg("Nothing was given up."))


def waiting(patient: Patient) -> Finding:
    """Whether something has waited longer than the dispatcher takes."""
    late = sa.select(sa.func.count(OutboxRow.id)).where(
        OutboxRow.state == "waiting", OutboxRow.due_at < patient.kit.clock.now() - LATE
    )
    with patient.scope() as scope:
        count = scope.db.scalar(late) or 0
    if count:
        said = nmsg(
            "%(count)s thing has waited to be sent or told for over 15 minutes.",
            "%(count)s things have waited to be sent or told for over 15 minutes.",
            count,
        )
        return doubtful(said, SERVE)
    return fine(msg("Nothing waits to be sent or told for long."))


def jobs(patient: Patient) -> Finding:
    """Whether timed work runs, ends, and ends well."""
    now = patient.kit.clock.now()
    with patient.scope() as scope:
        rows = list(scope.db.scalars(sa.select(JobRow).order_by(JobRow.name)))
    for row in rows:
        started, ended = row.last_started_at, row.last_finished_at
        if row.trouble:
            return broken(msg("The work “%(name)s” failed: %(why)s", name=row.name, why=row.trouble.partition(":")[0]),
                          msg("It is tried again at its next time; if it fails again, ask for help."))  # fmt: skip
        if started is not None and (ended is None or ended < started) and now - started > STUCK:
            return doubtful(msg("The work “%(name)s” began and has not ended.", name=row.name), SERVE)
        if started is not None and now - started > IDLE and row.name not in SELDOM:
            return doubtful(msg("The work “%(name)s” has not run for days.", name=row.name), SERVE)
    return fine(msg("Timed work runs.") if rows else msg("No timed work has run yet."))


def audit_chain(patient: Patient) -> Finding:
    """Whether the newest of what was recorded is as it was sealed, and sealing keeps up."""
    kit, late = patient.kit, patient.kit.clock.now() - LATE
    chains = (None, *patient.partners())
    most = max(20, min(300, SEALS // len(chains)))
    for partner in chains:
        if (wrong := inspect_newest(kit, partner, most)) is not None:
            return broken(msg("The audit of %(name)s was altered. %(wrong)s", name=name_of(partner), wrong=str(wrong)),
                          msg("Find out who could write to the database; `systems-changers audit verify` looks at all"
                              " of it."))  # fmt: skip
    for partner in chains:
        if (since := waits_since(kit, partner)) is not None and since < late:
            return doubtful(msg("What was recorded at %(name)s has waited to be sealed since %(since)s.",
                                name=name_of(partner), since=since),
                            SERVE, lambda: seal_all(kit, patient.partners()))  # fmt: skip
    return fine(msg("What was recorded last is as it was sealed."))


def file_store(patient: Patient) -> Finding:
    """Whether files can be kept, and whether the latest that each partner has are still there, whole."""
    try:
        patient.kit.files.try_out()
    except StoreFailed as error:
        fix = msg("Make room, or look at the folder “files” in the data folder, or at files_endpoint, files_key and"
                  " files_secret.")  # fmt: skip
        return broken(error.message, fix)
    looked, lost = 0, []
    for partner in patient.partners():
        for facts, size in _latest_files(patient, partner, MOST_FILES - looked):
            looked += 1
            if size != facts.size:
                lost.append(partner.slug)
    if lost:
        return broken(nmsg("%(count)s file of %(names)s is not there, or not whole.",
                           "%(count)s files of %(names)s are not there, or not whole.", len(lost),
                           names=", ".join(dict.fromkeys(lost))),
                      msg("Bring back the files from the last backup."))  # fmt: skip
    return fine(msg("Files can be kept, and those that were looked for are there."))


def _latest_files(patient: Patient, partner: PartnerFacts, most: int) -> list[tuple[operations.FileFacts, int | None]]:
    """A few of a partner's files, the latest first, each with the size of what is there."""
    if most <= 0:
        return []
    with patient.kit.scope(partner, ANYONE, links=no_links) as scope:
        return [(facts, scope.files.size(facts.sha256)) for facts in operations.latest_files(scope, min(most, A_FEW))]


WORKING: Sequence[Check] = (
    Check("migrations", upgraded),
    Check("instance", instance),
    Check("operator", operator),
    Check("administrators", administrators),
    Check("clock", clock),
    Check("time-zones", time_zones),
    Check("languages", languages),
    Check("plugins-kept-out", kept_out),
    Check("plugins-gone", gone),
    Check("plugin-faults", faults),
    Check("modules", modules),
    Check("outbox-given-up", given_up),
    Check("outbox-waiting", waiting),
    Check("jobs", jobs),
    Check("audit-chain", audit_chain),
    Check("file-store", file_store),
)
