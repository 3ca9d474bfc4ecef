"""What a new partner does first, each step with how far it is: guidance, never a gate.

Nothing is ticked off by hand: a step is done where what it makes is there. Languages are there from the start, so that
step is done once somebody has changed them, or has looked and keeps them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.rules import CARE, FIRST_STEPS, LANGUAGES_CHOSEN
from systems_changers.core.people import queries as people
from systems_changers.core.people.models import Membership
from systems_changers.core.people.service import has_second_factor
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Refused
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.languages import language
from systems_changers.infra.text import Message, msg

TEST_MAIL = "home/mail_test"
WENT, WAITS, FAILED = "went", "waits", "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One first step: what to do, why, where, whether it is done; `tried` where it was and is not."""

    key: str
    label: Message
    hint: Message
    endpoint: str
    done: bool
    tried: bool = False
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Mail:
    """How the last test mail fared: went, waits, failed, or None where none was sent."""

    state: str | None
    why: str = ""


def first_steps(scope: Scope, *, second_factor: bool) -> list[Step]:
    """The partner's first steps; `second_factor` says whether whoever asks has one. Two statements at the most."""
    partner, mail = scope.partner, mail_state(scope)
    branded = bool(partner.brand) or bool(scope.hooks.view.implementations["sc_choose_brand"])
    spoken = ", ".join(language(code).name for code in partner.locales)
    chosen = bool(partner.settings.get(FIRST_STEPS, {}).get(LANGUAGES_CHOSEN))
    steps = [
        Step("details", msg("Say who you are"), msg("Your name, and whom people turn to when somebody is not safe."),
             "partners.settings", bool(partner.settings.get(CARE))),
        Step("brand", msg("Give it your look"), msg("Your colours, mark and fonts, on every page and mail."),
             "partners.look", branded),
        Step("languages", msg("Choose your languages"), msg("Spoken here: %(languages)s.", languages=spoken),
             "partners.settings" if chosen else "home.get_started", chosen),
        Step("second-factor", msg("Set up a second factor"),
             msg("A passkey or an app, so that a password alone opens nothing."), "people.second_factor",
             second_factor, values={"back": "/get-started"}),
        Step("mail", msg("Try out mail"), _mail_hint(mail), "home.get_started", mail.state == WENT,
             mail.state is not None),
    ]  # fmt: skip
    if partner.kind == "hosting":
        steps.append(Step("cohort", msg("Make your first cohort"), msg("About eleven people who learn together."),
                          "cohorts.new", _has_cohort(scope)))  # fmt: skip
    return steps


def _mail_hint(mail: Mail) -> Message:
    if mail.state == FAILED:
        return msg("The test mail did not go: %(why)s. Ask whoever runs the server.", why=mail.why)
    if mail.state == WAITS:
        return msg("The test mail is on its way. Look again in a moment.")
    return msg("Invitations and links for signing in go by mail. Send one to yourself.")


def _has_cohort(scope: Scope) -> bool:
    return bool(scope.db.scalar(sa.select(sa.exists().where(Cohort.deleted_at.is_(None)))))


def shown(scope: Scope) -> bool:
    """Whether first steps are to be shown to this person, if any is left: to administrators, until hidden."""
    kept = scope.partner.settings.get(FIRST_STEPS, {})
    return "administrator" in scope.actor.roles and not kept.get("hidden")


def mail_state(scope: Scope) -> Mail:
    """How the last test mail fared. One that went is cleared away after a month, one that failed is not."""
    tried = scope.partner.settings.get(FIRST_STEPS, {}).get("mail")
    if not tried:
        return Mail(None)
    mine = (OutboxRow.partner_ref == scope.partner.id, OutboxRow.name == TEST_MAIL,
            OutboxRow.at >= datetime.fromisoformat(tried))  # fmt: skip
    wanted = sa.select(OutboxRow.state, OutboxRow.trouble).where(*mine).order_by(OutboxRow.at.desc()).limit(1)
    row = scope.db.execute(wanted).first()
    if row is None or row.state == "done":
        return Mail(WENT)
    return Mail(FAILED, row.trouble.partition(":")[0]) if row.trouble else Mail(WAITS)


def try_mail(scope: Scope, locale: str) -> str:
    """Send a test mail to whoever asks, through the outbox, and answer the address. Raises Refused (no_address)."""
    found = people.person_row(scope, scope.actor.person_id).email if scope.actor.person_id is not None else None
    if not found:
        raise Refused(msg("You have no e-mail address here yet: add it under People."), code="no_address")
    partners.mail_tried(scope)
    scope.mail(TEST_MAIL, found, locale, {})
    return found


def administrators_secured(scope: Scope) -> bool:
    """Whether there is an administrator here, and each has a second factor."""
    wanted = sa.select(Membership.account_id).where(Membership.role == "administrator", Membership.deleted_at.is_(None))
    accounts = list(scope.db.scalars(wanted.distinct()))
    return bool(accounts) and all(has_second_factor(scope, each) for each in accounts)
