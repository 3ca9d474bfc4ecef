"""Where a partner's people sign in with their organisation's own accounts, as its administrator says.

The client's secret is sealed and goes to the service it was given for alone: with another address it is asked anew.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.operations import service as operations
from systems_changers.core.partners import service as partners
from systems_changers.core.partners.rules import domain_problem
from systems_changers.core.people.models import SignInSession, SignOnProvider
from systems_changers.core.people.queries import SignOn, sign_on_at
from systems_changers.core.people.queries.sign_on import OFF, REQUIRED
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Conflict, Invalid
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.outside import address_problem
from systems_changers.infra.sealing import Sealer
from systems_changers.infra.text import Message, msg
from systems_changers.infra.transactions import one_at_a_time

GOOGLE = "https://accounts.google.com"
ENTRA = "https://login.microsoftonline.com/"
DIRECTORY = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
MOST_DOMAINS = 50
FIELDS = ("kind", "name", "issuer", "boundary", "client_id", "domains", "mode")


@dataclass(frozen=True, slots=True)
class SignOnAnswers:
    """What an administrator says; an empty `secret` keeps the one that is there."""

    kind: str
    name: str
    directory: str
    hosted_domain: str
    issuer: str
    client_id: str
    secret: str
    domains: tuple[str, ...]
    mode: str

    @property
    def address(self) -> str:
        """The issuer, which for two kinds follows from the kind."""
        if self.kind == "entra":
            return f"{ENTRA}{self.boundary}/v2.0"
        return GOOGLE if self.kind == "google" else self.issuer.rstrip()

    @property
    def boundary(self) -> str:
        """The tenant or the domain that the service is asked to keep to."""
        return {"entra": self.directory, "google": self.hosted_domain}.get(self.kind, "").strip().lower()

    def values(self) -> dict[str, Any]:
        """What is kept, but for the secret."""
        return {
            "kind": self.kind,
            "name": self.name,
            "issuer": self.address,
            "boundary": self.boundary,
            "client_id": self.client_id.strip(),
            "domains": sorted(set(self.domains)),
            "mode": self.mode,
        }


@dataclass(frozen=True, slots=True)
class Saver:
    """Who saves: whether this session began with the sign-on, which it is, and whether this machine may be asked."""

    signed_on: bool
    session_id: UUID | None
    here: bool = False


def save_sign_on(scope: Scope, sealer: Sealer, answers: SignOnAnswers, version: int | None, saver: Saver) -> None:
    """Keep where people sign in. `version` is the one that the form was made from, None where nothing was kept.

    Turning it off, and leading elsewhere, ends the sessions that began with it, but for the saver's own.
    Raises Invalid, Conflict.
    """
    one_at_a_time(scope.db, "sign-on")
    before = sign_on_at(scope)
    values = answers.values()
    if before is not None and before.version != version:
        raise Conflict(mine=values, theirs={name: getattr(before, name) for name in FIELDS}, version=before.version)
    wrong = _answer_problems(answers, before, saver)
    if wrong:
        raise Invalid(fields=wrong)
    changed = _keep(scope, sealer, before, values, answers.secret)
    if changed:
        told = {} if answers.mode == OFF else {"name": answers.name, "required": answers.mode == REQUIRED}
        partners.tell_sign_on(scope, told, changed)
    if answers.mode == OFF or (before is not None and _moved(answers, before)):
        _end_sessions(scope, but=saver.session_id)


def turn_sign_on_off(scope: Scope) -> bool:
    """Turn it off and end the sessions that began with it, for whoever runs the instance; whether it was on."""
    row = scope.db.scalar(sa.select(SignOnProvider).where(SignOnProvider.deleted_at.is_(None)))
    if row is None or row.mode == OFF:
        return False
    row.mode = OFF
    scope.db.flush()
    partners.tell_sign_on(scope, {}, ["mode"])
    _end_sessions(scope)
    return True


def secret_of(scope: Scope) -> str:
    """What the client's secret is sealed for."""
    return f"sign-on:{scope.partner.id}"


def _keep(scope: Scope, sealer: Sealer, before: SignOn | None, values: dict[str, Any], secret: str) -> list[str]:
    """Answers the names of what changed."""
    sealed = {"secret": sealer.seal(secret, secret_of(scope))} if secret else {}
    if before is None:
        scope.db.add(SignOnProvider(**values, **sealed, extra={}))
        scope.db.flush()
        return [*FIELDS, "secret"]
    old = {name: getattr(before, name) for name in FIELDS} | {"domains": list(before.domains)}
    changed = [name for name in FIELDS if old[name] != values[name]] + list(sealed)
    row = scope.db.get_one(SignOnProvider, (scope.partner.id, before.id))
    for name, value in {**values, **sealed}.items():
        setattr(row, name, value)
    scope.db.flush()
    return changed


def _moved(answers: SignOnAnswers, before: SignOn) -> bool:
    return (answers.address, answers.boundary) != (before.issuer, before.boundary)


def _answer_problems(answers: SignOnAnswers, before: SignOn | None, saver: Saver) -> dict[str, list[Message]]:
    found = {
        "directory": _directory_problem(answers),
        "hosted_domain": domain_problem(answers.boundary, ()) if answers.kind == "google" else None,
        "issuer": _issuer_problem(answers, saver) if answers.kind == "other" else None,
        "secret": _secret_problem(answers, before),
        "domains": _domains_problem(answers.domains),
        "mode": _mode_problem(answers, before, saver),
    }
    return {name: [problem] for name, problem in found.items() if problem is not None}


def _directory_problem(answers: SignOnAnswers) -> Message | None:
    if answers.kind != "entra" or DIRECTORY.fullmatch(answers.boundary):
        return None
    return msg("A tenant ID looks like 0f1e2d3c-aaaa-bbbb-cccc-0123456789ab.")


def _issuer_problem(answers: SignOnAnswers, saver: Saver) -> Message | None:
    address = answers.address
    if address.startswith((ENTRA, GOOGLE)):
        return msg("For this one choose its kind above: more can be checked then.")
    if "?" in address:
        return msg("Enter an address such as https://login.example.org.")
    return address_problem(address, here=saver.here)


def _secret_problem(answers: SignOnAnswers, before: SignOn | None) -> Message | None:
    if answers.secret or (before is not None and not _moved(answers, before)):
        return None
    return msg("Enter the client secret.") if before is None else msg("Another service needs a secret of its own.")


def _domains_problem(domains: tuple[str, ...]) -> Message | None:
    if not domains:
        return msg("Name at least one domain, such as charity.example.")
    if len(domains) > MOST_DOMAINS:
        return msg("Name at most %(most)s domains.", most=MOST_DOMAINS)
    return next((problem for each in domains if (problem := domain_problem(each, ())) is not None), None)


def _mode_problem(answers: SignOnAnswers, before: SignOn | None, saver: Saver) -> Message | None:
    """It is asked of staff by somebody who has just come in with it, so that not everybody is locked out."""
    if answers.mode != REQUIRED:
        return None
    if saver.signed_on and before is not None and not _moved(answers, before):
        return None
    return msg("Offer it first, and sign in with it yourself: then you know that it works, and can ask it of others.")


def _end_sessions(scope: Scope, *, but: UUID | None = None) -> None:
    live = sa.update(SignInSession).where(
        SignInSession.partner_ref == scope.partner.id, SignInSession.revoked_at.is_(None)
    )
    if but is not None:
        live = live.where(SignInSession.id != but)
    with as_the_kit(scope.db):
        scope.db.execute(live.values(revoked_at=scope.clock.now()).execution_options(synchronize_session=False))
    operations.record(scope, "account.sign_on_sessions_ended")
