"""What may cross partners on purpose: a person's memberships, the one door for the roll-up, and the kit's own work."""

import ast
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from systems_changers.infra.db import open_session
from systems_changers.infra.errors import BeyondPartner, KitError
from systems_changers.infra.isolation import across_all_partners_for, as_the_kit
from systems_changers.infra.log import set_up_log
from tests.isolation.ground import Ground
from tests.isolation.paths import CLOSED
from tests.isolation.world import Account, Cohort, Installed, Letter, Membership, Queued, World

CALLERS = {"core/summaries/queries/across.py": {"known_partners"}}
AS_KIT = {
    "core/home/service/demo.py": {"_tell"},
    "core/home/service/forgetting.py": {"forget_in_passing", "forget_account"},
    "core/home/service/holdings.py": {"_mail", "_outside"},
    "core/home/service/moving_kit.py": {"partner", "named", "modules", "accounts", "record"},
    "core/home/service/moving_out.py": {"of_kit", "_chosen"},
    "core/home/service/data_subjects.py": {"subject_of"},
    "core/operations/queries/plugins.py": {"plugins_away"},
    "core/operations/service/tokens.py": {"issue_token", "peek_token", "redeem_token", "void_tokens", "void_tokens_of"},
    "core/partners/service/details.py": {"change_partner", "_change"},
    "core/partners/service/first_steps.py": {"_keep"},
    "core/partners/service/plugins.py": {"save_plugin_settings", "_set"},
    "core/people/queries/__init__.py": {"account_of", "account_sheet"},
    "core/people/queries/sign_on.py": {"identity_here"},
    "core/people/service/accounts.py": {
        "make_account", "account_with", "change_password", "set_password", "end_sessions",
    },
    "core/people/service/address.py": {"ask_for_address", "open_address", "use_address", "follow_addresses"},
    "core/people/service/authenticator.py": {"offer_app", "turn_on_app", "turn_off_app", "code_is_right"},
    "core/people/service/confirming.py": {"confirm_session"},
    "core/people/service/factors.py": {"factors_of", "has_second_factor", "owes_second_factor"},
    "core/people/service/invitations.py": {"invite"},
    "core/people/service/passkeys.py": {"new_challenge", "add_passkey", "remove_passkey", "account_of_passkey"},
    "core/people/service/persons.py": {"_keep_account_locale"},
    "core/people/service/recovery.py": {"make_codes", "codes_where_none", "drop_codes", "use_code"},
    "core/people/service/roles.py": {"standing_of"},
    "core/people/service/second_step.py": {"finish_by_code", "finish_by_passkey", "_half"},
    "core/people/service/set_up.py": {"finish_set_up"},
    "core/people/service/sign_in.py": {
        "sign_in_by_password", "send_sign_in_link", "open_sign_in_link", "sign_in_by_link", "start_session", "sign_out",
        "revoke_session",
    },
    "core/people/service/sign_on_people.py": {
        "let_in", "connect_account", "disconnect_account", "_may_open", "_newcomer",
    },
    "core/people/service/sign_on_settings.py": {"_end_sessions"},
    "core/privacy/queries/due.py": {"last_run"},
    "infra/jobs.py": {"enqueue_mail", "mark_done"},
    "infra/keyholes.py": {"joined"},
}  # fmt: skip
ROOT = Path(__file__).resolve().parents[2]
WRITES = (
    "UPDATE cohort SET name = 'taken'",
    "DELETE FROM cohort",
    "INSERT INTO partner VALUES (NULL, 'planted')",
    "CREATE TABLE planted (id integer)",
)
UNLISTED = ("person", "membership", "account", "leaf_note", "leaf_page", "tag", "person_tag")


def roles_of(ground: Ground, partner: str | None, *, core: bool) -> set[str]:
    """The roles that my account sees from a session of `partner`, by the ORM or by a bare table."""
    side = {"mine": ground.mine, "theirs": ground.theirs}.get(partner or "")
    with open_session(ground.app, side.partner if side else None, account_id=ground.mine.account) as db:
        column = World.metadata.tables["membership"].c.role if core else Membership.role
        return set(db.scalars(sa.select(column)))


@pytest.fixture
def two_roles(fresh: Ground) -> Ground:
    """My account is a member at both partners."""
    with open_session(fresh.owner, fresh.theirs.partner, write=True) as db:
        db.add(Membership(account_id=fresh.mine.account, role="visitor"))
        db.commit()
    return fresh


def test_a_person_lists_her_own_partners_and_nobody_elses(two_roles: Ground) -> None:
    assert roles_of(two_roles, None, core=False) == {"role Rowan", "visitor"}
    assert roles_of(two_roles, None, core=True) == {"role Rowan", "visitor"}


def test_inside_a_partner_the_orm_lists_that_partner_only(two_roles: Ground) -> None:
    assert roles_of(two_roles, "mine", core=False) == {"role Rowan"}
    assert roles_of(two_roles, "theirs", core=False) == {"role Alder", "visitor"}


def test_an_account_reads_its_memberships_elsewhere_but_cannot_change_them(two_roles: Ground) -> None:
    before = two_roles.rows_of(two_roles.theirs)
    for partner in (None, two_roles.mine.partner):
        for change in ("UPDATE membership SET role = 'administrator'", "DELETE FROM membership"):
            with open_session(two_roles.app, partner, account_id=two_roles.mine.account, write=True) as db:
                try:
                    db.execute(sa.text(change))
                    db.commit()
                except KitError:
                    db.rollback()
    assert two_roles.rows_of(two_roles.theirs) == before


def test_without_an_account_there_are_no_memberships(two_roles: Ground) -> None:
    with open_session(two_roles.app, None) as db:
        assert db.scalars(sa.select(Membership)).all() == []
        assert db.scalar(sa.select(sa.func.count(Account.id))) == 2, "accounts are global"


def test_the_door_reads_the_listed_tables_of_every_partner(fresh: Ground) -> None:
    set_up_log()  # a command that was tried before may have left the log quiet
    with (
        capture_logs() as told,
        across_all_partners_for(fresh.app, "summaries of the week", World.metadata) as connection,
    ):
        names = set(connection.scalars(sa.select(Cohort.name)))
        partners = connection.scalar(sa.select(sa.func.count()).select_from(World.metadata.tables["partner"]))
    assert names == {"cohort Rowan", "empty Rowan", "cohort Alder", "empty Alder"}
    assert partners == 2
    assert [line["reason"] for line in told] == ["summaries of the week"]


@pytest.mark.parametrize("table", UNLISTED)
def test_the_door_reads_no_other_table(fresh: Ground, table: str) -> None:
    with across_all_partners_for(fresh.app, "a test", World.metadata) as connection, pytest.raises(CLOSED):
        connection.execute(sa.select(World.metadata.tables[table])).all()


@pytest.mark.parametrize("change", WRITES)
def test_the_door_changes_nothing(fresh: Ground, change: str) -> None:
    before = fresh.rows_of(fresh.theirs), fresh.rows_of(fresh.mine)
    with across_all_partners_for(fresh.app, "a test", World.metadata) as connection, pytest.raises(CLOSED):
        connection.execute(sa.text(change))
    assert (fresh.rows_of(fresh.theirs), fresh.rows_of(fresh.mine)) == before


def test_the_door_closes_behind_itself(fresh: Ground) -> None:
    with across_all_partners_for(fresh.app, "a test", World.metadata) as connection:
        connection.execute(sa.select(Cohort.name)).all()
    with fresh.app.connect() as connection:
        assert connection.execute(sa.text("SELECT * FROM cohort")).all() == []
    with fresh.session(fresh.mine) as db:
        assert set(db.scalars(sa.text("SELECT name FROM cohort"))) == {"cohort Rowan", "empty Rowan"}


def test_the_door_wants_a_reason(fresh: Ground) -> None:
    with pytest.raises(ValueError, match="reason"), across_all_partners_for(fresh.app, " ", World.metadata):
        pass


def test_a_session_cannot_walk_through_the_door(fresh: Ground, database_kind: str) -> None:
    statement = "SET LOCAL ROLE sc_rollup" if database_kind == "postgresql" else "ATTACH ':memory:' AS beside"
    with fresh.session(fresh.mine) as db, pytest.raises(BeyondPartner):
        db.execute(sa.text(statement))


def functions_that_call(name: str) -> dict[str, set[str]]:
    """The functions that call one of this name, by file."""
    found: dict[str, set[str]] = {}
    for path in [*ROOT.glob("systems_changers/**/*.py"), *ROOT.glob("plugins/*/*/**/*.py")]:
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                called = (each.func for each in ast.walk(function) if isinstance(each, ast.Call))
                if any(isinstance(each, ast.Name) and each.id == name for each in called):
                    found.setdefault(path.relative_to(ROOT / "systems_changers").as_posix(), set()).add(function.name)
    return found


@pytest.mark.parametrize(("name", "callers"), [("across_all_partners_for", CALLERS), ("as_the_kit", AS_KIT)])
def test_who_walks_through_a_door_is_listed(name: str, callers: dict[str, set[str]]) -> None:
    """Whoever is added here reads more than one partner's rows: say why in the change that does it."""
    assert functions_that_call(name) == callers


# --- acting as the kit ---


def test_as_the_kit_a_partners_session_reads_and_writes_what_is_the_kits(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        with as_the_kit(db):
            row = db.scalars(sa.select(Letter).where(Letter.id == fresh.theirs.letter)).one()
            row.address = "changed"
            db.execute(sa.delete(Letter).where(Letter.id == fresh.mine.letter))
            db.add(Letter(queued_id=fresh.mine.queued, address="new"))
        db.commit()
        assert row not in db
    with open_session(fresh.app, None) as outside:
        assert set(outside.scalars(sa.select(Letter.address))) == {"changed", "new"}


def test_as_the_kit_a_session_still_sees_one_partner(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db, as_the_kit(db):
        assert set(db.scalars(sa.text("SELECT name FROM cohort"))) == {"cohort Rowan", "empty Rowan"}
        with pytest.raises(KitError), db.begin_nested():
            db.execute(sa.insert(Cohort).values(partner_id=fresh.theirs.partner, name="planted", extra={}))


def test_one_block_inside_another_ends_with_the_outer_one(fresh: Ground) -> None:
    count = sa.select(sa.func.count(Letter.id))
    with fresh.session(fresh.mine) as db:
        with as_the_kit(db):
            with as_the_kit(db):
                assert db.scalar(count) == 2
            assert db.scalar(count) == 2
        assert db.scalar(count) == 0
    with open_session(fresh.app, None) as outside:
        with as_the_kit(outside):
            assert outside.scalar(count) == 2
        assert outside.scalar(count) == 2


def test_one_block_after_another_sees_the_kits_each_time(fresh: Ground) -> None:
    """In each transaction anew, also where the block before ended with an error."""
    count = sa.select(sa.func.count(Letter.id))
    with fresh.session(fresh.mine) as db:
        for _ in range(2):
            for _ in range(2):
                with as_the_kit(db):
                    assert db.scalar(count) == 2
                assert db.scalar(count) == 0
            with suppress(LookupError), as_the_kit(db):
                raise LookupError
            assert db.scalar(count) == 0
            db.rollback()


def test_a_transaction_that_ends_inside_ends_acting_as_the_kit(fresh: Ground) -> None:
    count = sa.select(sa.func.count(Letter.id))
    with fresh.session(fresh.mine, write=True) as db:
        with as_the_kit(db):
            db.commit()
            assert db.scalar(count) == 0
            with as_the_kit(db):
                assert db.scalar(count) == 2
            assert db.scalar(count) == 0
        assert db.scalar(count) == 0


def test_a_session_keeps_what_its_partner_may_read(fresh: Ground) -> None:
    with fresh.session(fresh.mine) as db:
        with as_the_kit(db):
            found: list[Queued | Installed | Cohort] = [
                *db.scalars(sa.select(Queued)),
                *db.scalars(sa.select(Installed)),
                *db.scalars(sa.select(Cohort)),
            ]
        kept = [type(row).__name__ for row in found if row in db]
    assert kept == ["Queued", "Installed", "Installed", "Cohort", "Cohort"]


def test_what_failed_as_the_kit_is_not_written_later(fresh: Ground) -> None:
    with fresh.session(fresh.mine, write=True) as db:
        with suppress(LookupError), as_the_kit(db), db.no_autoflush:
            db.add(Letter(queued_id=fresh.mine.queued, address="planted"))
            db.get_one(Letter, fresh.theirs.letter).address = "changed"
            raise LookupError
        db.commit()
    with open_session(fresh.app, None) as outside:
        addresses = set(outside.scalars(sa.select(Letter.address)))
    assert addresses == {"Rowan@letters.example", "Alder@letters.example"}
