"""Writes of what is the kit's alone, and of what names a partner without being keyed by it."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from systems_changers.infra.db import Id, open_session
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.isolation import as_the_kit
from tests.isolation.ground import Case
from tests.isolation.paths import CLOSED, write
from tests.isolation.world import Account, Ledger, Letter, Partner, Queued, Tag, World

SQLITE = "sqlite"
letter, queued = World.metadata.tables["letter"], World.metadata.tables["queued"]
tag, account = World.metadata.tables["tag"], World.metadata.tables["account"]


def told_apart(case: Case, change: Callable[[Session, str], Any]) -> str:
    """Whether a change of what isn't there and of what is theirs end differently: that tells what is there."""
    ends = []
    for wanted in (case.theirs.mark, "Nobody"):
        with open_session(case.ground.app, case.mine.partner, write=True) as db:
            try:
                ends.append(str(change(db, wanted).rowcount))
            except CLOSED as error:
                ends.append(type(error).__name__)
    return f"{case.theirs.mark}: {ends}" if ends[0] != ends[1] else ""


@write("the kit's: update(Table)")
def update(case: Case) -> object:
    return case.db.execute(sa.update(letter).values(address="taken"))


@write("the kit's: UPDATE RETURNING")
def update_returning(case: Case) -> object:
    return case.db.connection().execute(sa.update(letter).values(id=letter.c.id).returning(letter.c.address)).all()


@write("the kit's: update(entity)")
def update_entity(case: Case) -> object:
    return case.db.execute(sa.update(Letter).where(Letter.id == case.theirs.letter).values(address="taken"))


@write("the kit's: text UPDATE")
def update_text(case: Case) -> object:
    return case.db.execute(sa.text("UPDATE letter SET address = 'taken'"))


@write("the kit's: unit of work")
def unit_of_work(case: Case) -> object:
    case.db.add(Letter(queued_id=case.theirs.queued, address="planted"))
    return None


@write("the kit's: planted before the session acts as the kit")
def planted_before(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner, write=True) as db:
        db.add(Letter(queued_id=case.theirs.queued, address="planted"))
        with as_the_kit(db):
            pass
        db.commit()
    return None


@write("the kit's: one's own row changed before the session acts as the kit")
def changed_before(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner, write=True) as db:
        db.get_one(Partner, case.mine.partner).name = f"renamed like {case.theirs.mark}"
        with as_the_kit(db):
            pass
        db.commit()
    return None


@write("the kit's: a value that is a question")
def value_that_asks(case: Case) -> object:
    with open_session(case.ground.app, case.mine.partner, write=True) as db:
        db.add(Tag(label=sa.select(sa.func.min(Letter.address)).scalar_subquery()))
        with as_the_kit(db):
            pass
        db.commit()
    return None


@write("the kit's: INSERT")
def insert(case: Case) -> object:
    planted = {"id": new_id(), "queued_id": case.mine.queued, "address": "planted"}
    return case.db.execute(sa.insert(letter).values(planted))


@write("the kit's: delete(Table)")
def delete(case: Case) -> object:
    return case.db.execute(sa.delete(letter))


@write("the kit's: on a connection beside the session")
def beside(case: Case) -> object:
    case.db.rollback()
    with case.ground.app.begin() as connection:
        return connection.execute(sa.update(letter).values(address="taken"))


@write("the kit's: copied into one's own row")
def copied(case: Case) -> object:
    return case.db.execute(sa.text("UPDATE tag SET label = (SELECT min(address) FROM letter)"))


@write("the kit's: CASCADE from one's own row")
def cascade(case: Case) -> object:
    return case.db.execute(sa.delete(queued).where(queued.c.id == case.mine.queued))


@write("the kit's: an account made another's")
def promoted(case: Case) -> object:
    return case.db.execute(sa.update(Account).where(Account.id == case.mine.account).values(email="taken@example.org"))


@write("the kit's: an account planted")
def account_planted(case: Case) -> object:
    return case.db.execute(sa.insert(account).values(id=new_id(), email="planted@example.org"))


@write("the kit's: a line in the ledger")
def ledger(case: Case) -> object:
    case.db.add(Ledger(said="planted"))
    return None


def key_of(case: Case, wanted: str) -> object:
    """Their account's key, or nobody's."""
    key = case.theirs.account if wanted == case.theirs.mark else new_id()
    return key.bytes if case.sqlite else key


MET = sa.text("UPDATE letter SET address = address WHERE address = :wanted || '@letters.example'")


@write("the kit's: which letters a change would meet")
def met(case: Case) -> object:
    return told_apart(case, lambda db, wanted: db.execute(MET, {"wanted": wanted}))


@write("the kit's: which letters a change would meet, after the kit's own")
def met_after_the_kit(case: Case) -> object:
    with open_session(case.ground.app, None, write=True) as kit:
        kit.execute(MET, {"wanted": "Nobody"})
    return told_apart(case, lambda db, wanted: db.execute(MET, {"wanted": wanted}))


@write("the kit's: which letters a DELETE by key would meet")
def met_by_key(case: Case) -> object:
    keys = {case.theirs.mark: case.theirs.queued}
    gone = sa.delete(letter).where(letter.c.queued_id == sa.bindparam("key", type_=Id()))
    return told_apart(case, lambda db, wanted: db.execute(gone, {"key": keys.get(wanted, new_id())}))


@write("a partner's: which keys a change would meet")
def keys_met(case: Case) -> object:
    gone = sa.text("DELETE FROM membership WHERE account_id BETWEEN :key AND :key")
    return told_apart(case, lambda db, wanted: db.execute(gone, {"key": key_of(case, wanted)}))


@write("a partner's: which keys a change would fail for")
def keys_failed_for(case: Case) -> object:
    fails = "json('{')" if case.sqlite else "1 / (version - version)"
    change = sa.text(f"DELETE FROM membership WHERE CASE WHEN account_id = :key THEN {fails} ELSE 0 END = 1")
    return told_apart(case, lambda db, wanted: db.execute(change, {"key": key_of(case, wanted)}))


@write("a partner's: which rows a change would meet that says it was filtered")
def met_as_if_filtered(case: Case) -> object:
    def change(db: Session, wanted: str) -> Any:
        asked = sa.update(tag).where(tag.c.label == f"tag {wanted}").values(version=7)
        return db.connection().execute(asked, execution_options={"sc_filtered": True})

    return told_apart(case, change)


@write("a partner's: which rows a change with an OR in its text would meet")
def met_by_text(case: Case) -> object:
    def change(db: Session, wanted: str) -> Any:
        asked = sa.update(Tag).where(sa.text(f"label = 'tag {wanted}' OR 1 = 0")).values(version=7)
        return db.execute(asked, execution_options={"synchronize_session": False})

    return told_apart(case, change)


@write("a partner's: which rows a change would meet, after one that was filtered")
def met_after_filtered(case: Case) -> object:
    change = sa.update(tag).where(tag.c.label == "tag " + sa.bindparam("wanted", type_=sa.String)).values(version=7)
    with open_session(case.ground.app, case.mine.partner, write=True) as db:
        db.execute(change, {"wanted": "Nobody"})
    of_theirs = change.where(tag.c.partner_id == case.theirs.partner)
    return told_apart(case, lambda db, wanted: db.connection().execute(of_theirs, {"wanted": wanted}))


@write("named to a partner: update(Table)")
def queue_update(case: Case) -> object:
    return case.db.execute(sa.update(queued).values(name="taken"))


@write("named to a partner: taken")
def queue_taken(case: Case) -> object:
    return case.db.execute(sa.update(queued).values(partner_ref=case.mine.partner))


@write("named to a partner: one's own changed")
def queue_own_changed(case: Case) -> object:
    changed = case.db.connection().execute(
        sa.update(queued).where(queued.c.id == case.mine.queued).values(name="taken")
    )
    return case.theirs.mark if changed.rowcount else None


@write("named to a partner: INSERT OR REPLACE", only=SQLITE)
def queue_replaced(case: Case) -> object:
    replaced = {"id": case.theirs.queued, "partner_ref": case.mine.partner, "name": "taken"}
    return case.db.execute(sa.insert(queued).prefix_with("OR REPLACE").values(replaced))


@write("named to a partner: INSERT that turns into an UPDATE")
def queue_upserted(case: Case) -> object:
    planted = {"id": case.theirs.queued, "partner_ref": case.mine.partner, "name": "planted"}
    adding = (sqlite if case.sqlite else postgresql).insert(queued).values(planted)
    return case.db.execute(adding.on_conflict_do_update(index_elements=["id"], set_={"name": "taken"}))


@write("named to a partner: delete(Table)")
def queue_delete(case: Case) -> object:
    return case.db.execute(sa.delete(queued))


@write("named to a partner: planted with theirs")
def queue_planted(case: Case) -> object:
    case.db.add(Queued(partner_ref=case.theirs.partner, name="planted"))
    return None


@write("named to a partner: planted with nobody's")
def queue_of_nobody(case: Case) -> object:
    case.db.add(Queued(partner_ref=None, name=f"planted beside {case.theirs.mark}"))
    case.db.flush()
    return case.theirs.mark
