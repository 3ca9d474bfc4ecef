"""A kit opens scopes: a reader's, a writer's, an operator's; and tells plugins' faults once the scope has ended."""

from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa

from systems_changers.hooks.calls import Fault
from systems_changers.hooks.facts import ANYONE, PartnerFacts
from systems_changers.hooks.kit import Kit, load_plugins, open_kit
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.db import Base
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import MailRow, OutboxRow
from systems_changers.infra.settings import Settings
from tests.plugins.house import NOW, registry_of


def kit_in(folder: Path, told: Callable[[Sequence[Fault]], None]) -> Kit:
    """A kit whose database has the outbox and nothing else."""
    settings = Settings(data=folder, secret_key="k" * 40)
    owner = open_owner_engine(settings.database_url)
    with owner.begin() as connection:
        Base.metadata.create_all(connection, [OutboxRow.metadata.tables[each] for each in ("outbox", "outbox_mail")])
    owner.dispose()
    registry = registry_of(bad={"sc_choose_brand": lambda: 7})
    return open_kit(settings, lambda _e, faults, _c: told(faults), clock=FixedClock(NOW), registry=registry)


def link(endpoint: str, /, **_: object) -> str:
    return endpoint


def test_faults_are_told_when_the_scope_has_ended(tmp_path: Path) -> None:
    told: list[Fault] = []
    kit = kit_in(tmp_path, told.extend)
    partner = PartnerFacts(new_id(), "p", "P", plugins=("bad",))
    with kit.scope(partner, ANYONE, links=link) as scope:
        scope.hooks.choose_brand(partner)
        assert told == []
    assert told == [Fault("bad", "sc_choose_brand", "answered int instead of Brand")]
    kit.engine.dispose()


def test_what_is_announced_and_mailed_waits_in_the_outbox(tmp_path: Path) -> None:
    kit = kit_in(tmp_path, lambda _: None)
    partner = PartnerFacts(new_id(), "p", "P")
    with kit.scope(partner, ANYONE, links=link, write=True) as scope:
        assert isinstance(scope, Scope)
        event = scope.announce("cohort.opened.v1", cohort_id=partner.id)
        scope.mail("people/mail_welcome", "a@example.org", "gd", {"name": "Morag"})
        scope.db.commit()
    with kit.operator_scope(ANYONE, links=link) as outside:
        assert isinstance(outside, OperatorScope)
        rows = {row.kind: row for row in outside.db.scalars(sa.select(OutboxRow))}
        mail = outside.db.scalars(sa.select(MailRow)).one()
    assert (rows["event"].id, rows["event"].at, rows["event"].data) == (event.id, NOW, {"cohort_id": str(partner.id)})
    assert (mail.address, mail.locale, mail.values) == ("a@example.org", "gd", {"name": "Morag"})
    kit.engine.dispose()


def test_what_is_not_committed_is_gone(tmp_path: Path) -> None:
    kit = kit_in(tmp_path, lambda _: None)
    with kit.scope(PartnerFacts(new_id(), "p", "P"), ANYONE, links=link, write=True) as scope:
        scope.announce("cohort.opened.v1")
        scope.db.flush()
    with kit.operator_scope(ANYONE, links=link) as outside:
        assert outside.db.scalars(sa.select(OutboxRow)).all() == []
    kit.engine.dispose()


def test_a_trusted_folder_holds_one_file_plugins(tmp_path: Path) -> None:
    (tmp_path / "tea.py").write_text("", "utf-8")
    (tmp_path / "tea.toml").write_text('slug = "tea"\ntitle = "T"\nversion = "1"\nkit = ">=0.1"\n', "utf-8")
    assert "tea" in load_plugins(Settings(data=tmp_path, plugin_folder=str(tmp_path))).manifests
    assert "tea" not in load_plugins(Settings(data=tmp_path)).manifests
