"""A partner that moves is there again row by row; nobody else is touched; what was tampered with stays out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.curriculum.models import CanonicalModule
from systems_changers.core.home.service import moving, moving_in, moving_out, own_data
from systems_changers.core.home.service.moving_in import ImportChoices
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.models import OperatorAudit
from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.people.models import Account, Membership, Person
from systems_changers.core.summaries.models import SharingAgreement
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.registry import Registry
from systems_changers.infra.errors import Refused
from systems_changers.testing.instance import NOW, no_links, open_instance
from tests.core.home.held import EMAIL
from tests.core.home.moved import PICTURE, Move, forged, outside, rows_of
from tests.instance import make_template


def test_every_row_and_file_is_there_again(move: Move) -> None:
    file = move.out()
    before = rows_of(move.there, move.there.partners["haven"].id)
    done = move.bring(file)
    assert move.rows(move.there) == move.rows(move.here)
    assert all(rows for name, rows in move.rows(move.there).items() if name != "tombstone")
    assert (done.rows.new, done.left, done.erased) == (sum(map(len, move.rows(move.here).values())), 0, 0)
    assert rows_of(move.there, move.there.partners["haven"].id) == before
    facts = move.there.partners["harbour"]
    assert replace(facts, settings={}) == replace(move.held.partner, settings={})
    with move.there.scope("harbour") as scope:
        (sha256,) = {each.sha256 for each in scope.files.list()}
        assert b"".join(scope.files.open(sha256)) == PICTURE
    assert operations.verify_chain(move.there.kit, facts).wrong is None


def test_secrets_of_signing_in_stay_behind(move: Move) -> None:
    whole = move.out().read_bytes()
    secret = [str(move.held.rows[table][column]) for table, column in (
        ("account", "password_hash"), ("totp", "secret"), ("passkey", "credential"), ("passkey", "public_key"),
        ("sign_in_session", "secret_hash"), ("sign_in_session", "device"))]  # fmt: skip
    assert all(len(each) > 3 for each in secret)
    assert [each for each in secret if each.encode() in whole] == []
    assert EMAIL.encode() in whole


def test_twice_changes_nothing(move: Move) -> None:
    file = move.out()
    assert move.bring(file).changes
    before, kits = (
        move.rows(move.there),
        outside(move.there, "account", "partner", "operator_audit", "canonical_module"),
    )
    done = move.bring(file)
    assert not done.changes
    assert done.rows.same == sum(map(len, before.values()))
    assert move.rows(move.there) == before
    assert outside(move.there, *kits) == kits


def test_a_dry_run_leaves_no_trace(move: Move) -> None:
    kits = outside(move.there, "account", "partner", "operator_audit")
    done = move.bring(move.out(), dry_run=True)
    assert (done.changes, done.files) == (True, 1)
    assert outside(move.there, *kits) == kits
    assert list(move.there.kit.files.list(move.held.partner.id)) == []


def test_a_newer_export_brings_newer_rows_and_takes_nothing_away(move: Move) -> None:
    move.bring(move.out())
    with move.here.scope("harbour", write=True) as scope:
        person = scope.db.get_one(Person, (scope.partner.id, move.held.person_id))
        person.job, kept = "Harbour master", person.id
        scope.db.add(Person(name="New Here"))
    with move.there.scope("harbour", write=True) as scope:
        scope.db.add(Person(name="New There"))
        scope.db.get_one(Membership, (scope.partner.id, _id(scope.db, Membership))).deleted_at = NOW
    done = move.bring(move.out())
    assert (done.rows.new, done.rows.changed, done.rows.kept) == (1, 1, 1)
    with move.there.scope("harbour") as scope:
        assert scope.db.get_one(Person, (scope.partner.id, kept)).job == "Harbour master"
        assert {"New Here", "New There"} <= set(scope.db.scalars(sa.select(Person.name)))


def _id(db: Any, model: Any) -> Any:
    return db.scalars(sa.select(model.id).order_by(model.id)).first()


def test_a_trail_that_went_on_here_stays_whole(move: Move) -> None:
    move.bring(move.out())
    for instance in (move.here, move.there):
        with instance.scope("harbour", write=True) as scope:
            operations.record(scope, "partner.changed", changed=["name"])
        operations.seal_all(instance.kit, [instance.partners["harbour"]])
    done = move.bring(move.out())
    assert done.left == 2
    assert any("gone on here by itself" in str(note) for note in done.notes)
    assert operations.verify_chain(move.there.kit, move.there.partners["harbour"]).wrong is None


# --- people ---


def test_an_address_that_is_somebodys_here_gets_no_role(move: Move) -> None:
    with move.there.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(Account(email=EMAIL, is_operator=True))
        scope.db.commit()
    file = move.out()
    done = move.bring(file)
    assert done.unlinked == {EMAIL: {"facilitator"}}
    assert done.left == 1
    with move.there.scope("harbour") as scope:
        assert scope.db.get_one(Person, (scope.partner.id, move.held.person_id)).account_id is None
        assert set(scope.db.scalars(sa.select(Membership.role))) == {"administrator"}
    assert not move.bring(file).changes


def test_an_id_with_another_address_gets_no_role_either(move: Move) -> None:
    with move.there.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(Account(id=move.held.account_id, email="another@haven.example"))
        scope.db.commit()
    assert move.bring(move.out()).unlinked == {EMAIL: {"facilitator"}}


def test_new_accounts_have_no_way_in_but_by_mail(move: Move) -> None:
    move.bring(move.out())
    with move.there.kit.operator_scope(ANYONE, links=no_links) as scope:
        account = scope.db.get_one(Account, move.held.account_id)
        assert (account.email, account.password_hash, account.email_proven_at) == (EMAIL, None, None)
        assert not account.is_operator


def test_moving_back_links_the_same_accounts(move: Move) -> None:
    move.bring(move.out())
    back = move.out(move.there)
    done = moving_in.bring_in(move.here.kit, back, ImportChoices())
    assert (done.changes, done.unlinked, done.rows.kept) == (False, {}, 0)


# --- who was erased ---


def test_who_was_erased_here_stays_erased(move: Move) -> None:
    file = move.out()
    move.bring(file)
    own_data.erase_person(move.there.kit, "harbour", EMAIL)
    for _ in range(2):
        done = move.bring(file)
        assert done.erased == 1
        text = json.dumps(move.rows(move.there), default=str)
        assert [word for word in move.held.strings() if word in text] == []
    assert move.held.account_id not in [row[0] for row in outside(move.there, "account")["account"]]


def test_who_was_erased_before_it_was_taken_out_stays_erased(move: Move) -> None:
    older = move.out()
    own_data.erase_person(move.here.kit, "harbour", EMAIL)
    move.bring(move.out())
    done = move.bring(older)
    assert done.erased == 1
    text = json.dumps(move.rows(move.there), default=str)
    assert [word for word in move.held.strings() if word in text] == []


# --- what is the kit's ---


def test_whom_it_names_is_listed_and_what_it_pins_is_offered_to_nobody(move: Move) -> None:
    listed = move.here.add_partner("The Fen", slug="fen")
    with move.here.scope("harbour", write=True) as scope:
        agreement = {"with_partner": listed.id, "policy": "sck-1", "policy_hash": "h", "indicators": [],
                     "agreed_on": NOW.date(), "agreed_by_role": "administrator"}  # fmt: skip
        scope.db.add(SharingAgreement(**agreement))
    with move.there.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(Partner(name="Fen of Another Kind", slug="the-fen"))
        gone = scope.db.scalars(sa.select(CanonicalModule)).first()
        assert gone is not None
        digest, content = gone.hash, gone.content
        scope.db.delete(gone)
        scope.db.commit()
    with move.here.scope("harbour", write=True) as scope:
        move.held.rows["planned_module"]["hash"] = digest
        table = sa.table("planned_module", sa.column("hash"), sa.column("partner_id"))
        scope.db.execute(sa.update(table).values(hash=digest).where(table.c.partner_id == scope.partner.id.bytes)
                         if scope.db.get_bind().dialect.name == "sqlite"
                         else sa.update(table).values(hash=digest))  # fmt: skip
    move.bring(move.out())
    with move.there.kit.operator_scope(ANYONE, links=no_links) as scope:
        made = scope.db.get_one(Partner, listed.id)
        assert (made.name, made.slug, made.kind) == ("The Fen", "the-fen-2", "listed")
        module = scope.db.get_one(CanonicalModule, digest)
        assert (module.content, module.withdrawn_at) == (content, NOW)
        assert scope.db.scalars(sa.select(OperatorAudit.name)).all()[-1] == "partner.brought_in"


def test_a_slug_or_domain_that_is_taken_is_told(move: Move) -> None:
    with move.here.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add_all(PartnerDomain(host=host, partner_ref=move.held.partner.id)
                         for host in ("own.example", "taken.example"))  # fmt: skip
        scope.db.commit()
    other = move.there.add_partner("Other Harbour", slug="harbour")
    with move.there.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(PartnerDomain(host="taken.example", partner_ref=other.id))
        scope.db.commit()
    file = move.out()
    with pytest.raises(Refused, match="--slug") as refused:
        move.bring(file)
    assert refused.value.code == "slug_taken"
    done = move.bring(file, ImportChoices(slug="old-harbour"))
    assert done.slug == "old-harbour"
    assert [str(note) for note in done.notes] == ["Its domain taken.example is taken here, and stays with who has it."]
    domains = {host: str(owner) for host, owner in outside(move.there, "partner_domain")["partner_domain"]}
    assert domains == {"own.example": str(move.held.partner.id), "taken.example": str(other.id)}


def test_a_partner_that_was_listed_here_gets_its_pages(move: Move) -> None:
    with move.there.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(Partner(id=move.held.partner.id, name="Harbor", slug="harbor", kind="listed"))
        scope.db.commit()
    assert not move.bring(move.out()).there
    facts = move.there.partners["harbour"]
    assert (facts.name, facts.slug, facts.kind) == ("Harbour", "harbour", "hosting")


def test_a_foundation_is_one_here_only_where_that_was_said(move: Move) -> None:
    def foundation(entries: dict[str, bytes], _told: dict[str, Any]) -> None:
        entries[moving.PARTNER] = entries[moving.PARTNER].replace(b'"kind":"hosting"', b'"kind":"foundation"')

    file = forged(move.out(), foundation)
    with pytest.raises(Refused, match="--foundation"):
        move.bring(file)
    move.bring(file, ImportChoices(foundation=True))
    assert move.there.partners["harbour"].kind == "foundation"


# --- plugins ---


def test_a_plugin_that_is_missing_is_told_and_can_be_left_out(move: Move, monkeypatch: pytest.MonkeyPatch) -> None:
    file = move.out()
    there = move.there.kit.registry
    less = {slug: each for slug, each in there.manifests.items() if slug != "corra-scotland"}
    monkeypatch.setattr(move.there.kit, "registry", replace(there, manifests=less))
    with pytest.raises(Refused, match="--without corra-scotland") as refused:
        move.bring(file)
    assert refused.value.code == "plugin_missing"
    done = move.bring(file, ImportChoices(without=frozenset({"corra-scotland"})))
    rows = move.rows(move.there)
    assert done.left == len(move.rows(move.here)["corra_scotland_community_profile"]) == 1
    assert (rows["corra_scotland_community_profile"], len(rows["childrens_society_safeguarding_review"])) == ([], 1)
    assert move.there.partners["harbour"].plugins == ("childrens-society",)


def test_tables_of_a_newer_version_are_told(move: Move) -> None:
    def newer(_entries: dict[str, bytes], told: dict[str, Any]) -> None:
        told["plugins"] = [each | {"revision": "9999"} for each in told["plugins"]]

    def newer_kit(_entries: dict[str, bytes], told: dict[str, Any]) -> None:
        told["revision"] = "9999"

    for change, code in ((newer, "newer_plugin"), (newer_kit, "newer_export")):
        with pytest.raises(Refused) as refused:
            move.bring(forged(move.out(), change))
        assert refused.value.code == code


def test_an_export_leaves_nothing_of_a_plugin_behind_unasked(move: Move) -> None:
    with move.here.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        operations.remember_plugins(scope, move.here.kit.registry.manifests.values())
        scope.db.execute(sa.text("UPDATE known_plugin SET tables = '[\"sc_version_core\"]'"
                                 " WHERE slug = 'corra-scotland'"))  # fmt: skip
        scope.db.commit()
    with pytest.raises(Refused, match="isn't installed"):
        move.out()
    moving_out.take_out(move.here.kit, "harbour", move.folder / "less", {"corra-scotland"})
    move.bring(move.folder / "less")
    assert move.rows(move.there)["corra_scotland_community_profile"] == []


def test_it_moves_to_sqlite_and_back(move: Move, registry: Registry, database_kind: str, tmp_path: Path) -> None:
    """On PostgreSQL this is the way between the kinds of database; on SQLite a third instance is no other."""
    folder = tmp_path / "third"
    folder.mkdir()
    template = make_template("sqlite", folder, None, registry)
    third = open_instance((f"sqlite:///{template.place}",) * 2, folder, registry)
    try:
        moving_in.bring_in(third.kit, move.out(), ImportChoices())
        assert rows_of(third, move.held.partner.id) == move.rows(move.here)
        move.bring(move.out(third))
        assert move.rows(move.there) == move.rows(move.here)
        assert move.there.kit.engine.dialect.name == database_kind
    finally:
        third.kit.engine.dispose()
