"""Brings in what a partner's file says of the kit's own tables: the partner, whom it names, modules, and accounts.

The file decides nothing about anybody else: an account that is here gets no role from it unless it is the same by id
and address; a module from it is offered to nobody; a partner that it names is listed, and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from systems_changers.core.curriculum import service as curriculum
from systems_changers.core.home.service import moving
from systems_changers.core.home.service.moving_out import ACCOUNT_COLUMNS, NAMED_COLUMNS, PARTNER_COLUMNS
from systems_changers.core.home.service.moving_told import PartnerFile
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.models import Instance
from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.partners.rules import (
    domain_problem,
    first_free,
    name_problem,
    slug_from,
    slug_problem,
    time_zone_problem,
)
from systems_changers.core.people.models import Account
from systems_changers.core.people.rules import email_problem, plain_email
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import Kit
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.archive import damaged
from systems_changers.infra.errors import Invalid, Refused
from systems_changers.infra.isolation import as_the_kit
from systems_changers.infra.languages import language
from systems_changers.infra.row_text import Line, values_of
from systems_changers.infra.text import Message, msg

LISTED = "listed"


class Linked(set[str]):
    """Ids of accounts that are the same person's here; `strangers` are the addresses of the others, by their ids."""

    def __init__(self) -> None:
        super().__init__()
        self.strangers: dict[str, str] = {}


@dataclass
class Beside:
    """The kit's part of one import; `notes` are told to whoever brings the partner in."""

    kit: Kit
    scope: Scope
    told: PartnerFile
    line: Line
    notes: list[Message] = field(default_factory=list)
    there: bool = False
    changed: bool = False

    def partner(self, slug: str | None, without: Collection[str], *, foundation: bool) -> str:
        """Make or bring up to date the partner's row, and learn whether it was `there`; answers its slug.

        A partner that was only listed here becomes one that has pages. Raises Refused (slug_taken, foundation,
        demo_partner, damaged_backup), Invalid (slug).
        """
        values = self._values(Partner, PARTNER_COLUMNS, self.line)
        values["plugins"] = [each for each in values["plugins"] if each not in without]
        self._check(values)
        if self.told.demo and self.scope.db.scalar(sa.select(Instance.kind)) != "demo":
            raise Refused(msg("%(name)s is a demo's, and a demo never becomes real: it stays out.",
                              name=values["name"]), code="demo_partner")  # fmt: skip
        with as_the_kit(self.scope.db):
            here = self.scope.db.execute(sa.select(Partner).where(Partner.id == self.told.id)).scalar_one_or_none()
            if here is not None and here.kind != LISTED:
                self.there = True
                return self._bring_up_to_date(here, values)
            if values["kind"] == "foundation" and not foundation:
                raise Refused(msg("%(name)s compares other partners' figures. Give --foundation if it may do so here.",
                                  name=values["name"]), code="foundation")  # fmt: skip
            values["slug"] = self._free_slug(slug or values["slug"])
            values["source"], values["source_key"] = self._free_source(values)
            if here is None:
                self.scope.db.execute(sa.insert(Partner).values(values))
            else:
                self.scope.db.execute(sa.update(Partner).where(Partner.id == self.told.id).values(values))
            self._domains()
        self._tell_plugins(values["plugins"])
        return str(values["slug"])

    def _values(self, model: Any, names: Sequence[str], line: Line) -> dict[str, Any]:
        if not set(names) >= line.keys():
            raise damaged(self.told.found.path)
        try:
            return values_of(moving.columns_named(moving.table_of(model), names), line)
        except ValueError:
            raise damaged(self.told.found.path) from None

    def _check(self, values: Mapping[str, Any]) -> None:
        """Raise Refused for a row that no form would have let in."""
        try:
            fits = (values["kind"] in {"hosting", "foundation"} and name_problem(values["name"]) is None
                    and slug_problem(values["slug"]) is None and time_zone_problem(values["time_zone"]) is None
                    and all(isinstance(each, str) for each in values["plugins"])
                    and all(isinstance(values[name], dict) for name in ("brand", "terms", "settings")))  # fmt: skip
            for code in values["locales"]:
                language(code)
        except (Invalid, TypeError, AttributeError):
            fits = False
        if not fits or not values["locales"]:
            raise damaged(self.told.found.path)

    def _bring_up_to_date(self, here: Partner, values: Mapping[str, Any]) -> str:
        """Where the file's row is newer, take what its pages are made of; place, kind and plugins stay as here."""
        if values["version"] > here.version:
            taken = ("name", "locales", "time_zone", "brand", "terms", "settings", "version", "updated_at")
            newer = {name: values[name] for name in taken} | {"revision": max(here.revision, values["revision"]) + 1}
            self.scope.db.execute(sa.update(moving.table_of(Partner)).where(Partner.id == here.id).values(newer))
            self.changed = True
        return here.slug

    def _free_slug(self, slug: str) -> str:
        problem = slug_problem(slug)
        if problem is not None:
            raise Invalid(fields={"slug": [problem]})
        taken = sa.select(Partner.id).where(Partner.slug == slug, Partner.id != self.told.id)
        if self.scope.db.scalar(taken) is not None:
            raise Refused(msg("Another partner has the address %(slug)s here: give this one another with --slug.",
                              slug=slug), code="slug_taken")  # fmt: skip
        return slug

    def _free_source(self, values: Mapping[str, Any]) -> tuple[str | None, str | None]:
        """Where it was imported from once, unless another partner here is that one."""
        taken = sa.select(Partner.id).where(Partner.source_key == values["source_key"], Partner.id != self.told.id)
        if values["source_key"] is None or self.scope.db.scalar(taken) is not None:
            return None, None
        return values["source"], values["source_key"]

    def _domains(self) -> None:
        hosts = set(self.scope.db.scalars(sa.select(PartnerDomain.host)))
        for host in self.told.domains:
            if host in hosts or domain_problem(host, self.kit.settings.hosts) is not None:
                self.notes.append(msg("Its domain %(host)s is taken here, and stays with who has it.", host=host))
            else:
                self.scope.db.add(PartnerDomain(host=host, partner_ref=self.told.id))

    def _tell_plugins(self, on: Sequence[str]) -> None:
        missing = sorted(set(on) - self.kit.registry.manifests.keys())
        if missing:
            self.notes.append(msg("These plugins are not installed here: %(names)s.", names=", ".join(missing)))

    def named(self) -> None:
        """List the partners that its rows name and nobody here knows."""
        lines = list(self.told.lines(moving.NAMED))
        rows = [self._values(Partner, NAMED_COLUMNS, line) for line in lines]
        with as_the_kit(self.scope.db):
            known = {row.id: row.slug for row in self.scope.db.execute(sa.select(Partner.id, Partner.slug))}
            taken = set(known.values())
            for row in rows:
                if row["id"] not in known:
                    row["slug"] = first_free(slug_from(row["name"]), taken)
                    taken.add(row["slug"])
                    self.scope.db.add(Partner(**row, kind=LISTED))

    def modules(self) -> None:
        """Keep the canonical versions that it pins and nobody here knows; they are offered to nobody."""
        contents = []
        for line in self.told.lines(moving.MODULES):
            if not isinstance(line.get("content"), dict) or not isinstance(line.get("hash"), str):
                raise damaged(self.told.found.path)
            contents.append((line["hash"], line["content"]))
        with as_the_kit(self.scope.db):
            try:
                curriculum.keep_withdrawn(OperatorScope(self.scope.db, ANYONE, self.scope.clock, self.scope.links),
                                          contents)  # fmt: skip
            except Invalid:
                raise damaged(self.told.found.path) from None

    def accounts(self) -> Linked:
        """Make the accounts whose id and address are nobody's here, without any way to sign in but by mail."""
        linked, rows = (
            Linked(),
            [self._values(Account, ACCOUNT_COLUMNS, each) for each in self.told.lines(moving.ACCOUNTS)],
        )
        with as_the_kit(self.scope.db):
            for at in range(0, len(rows), 500):
                self._link(rows[at : at + 500], linked)
        return linked

    def _link(self, rows: Sequence[Mapping[str, Any]], linked: Linked) -> None:
        emails = [plain_email(each["email"] or "") for each in rows]
        columns = sa.select(Account.id, Account.email)
        same = Account.id.in_([each["id"] for each in rows]) | Account.email.in_(emails)
        ids: dict[UUID, str] = {row.id: row.email for row in self.scope.db.execute(columns.where(same))}
        addresses = set(ids.values())
        for row, email in zip(rows, emails, strict=True):
            if row["id"] not in ids and email not in addresses and email_problem(email) is None:
                self.scope.db.add(Account(**{**row, "email": email}))
                ids[row["id"]] = email
                addresses.add(email)
            if ids.get(row["id"]) == email:
                linked.add(str(row["id"]))
            else:
                linked.strangers[str(row["id"])] = email

    def record(self) -> None:
        """Say on the operator's list of changes that the partner came in; its own goes on as it was."""
        with as_the_kit(self.scope.db):
            outside = OperatorScope(self.scope.db, ANYONE, self.scope.clock, self.scope.links)
            operations.record(outside, "partner.brought_in", kind="partner", id=self.told.id)
