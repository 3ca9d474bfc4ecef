"""An authenticator app and recovery codes: each code once, nothing open between the two steps, no way round."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from pyotp import TOTP

from systems_changers.core.operations.models import OperatorAudit
from systems_changers.core.operations.rules import RATE_LIMITS, RateLimit
from systems_changers.core.operations.service import limits
from systems_changers.core.people import service
from systems_changers.core.people.models import Account, RecoveryCode, SignInSession, Totp
from systems_changers.core.people.rules import plain_code, without_factor
from systems_changers.core.people.service import authenticator, recovery
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.sealing import Sealer
from tests.core.instance import Instance
from tests.core.people.factors import PASSWORD, SEALER, Owner, browser


def codes_of(owner: Owner) -> tuple[str, ...]:
    made: tuple[str, ...] = owner.instance.do(service.new_codes, actor=owner.actor)
    return made


def test_the_secret_is_sealed_where_it_is_kept(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    with instance.operator() as scope:
        kept = scope.db.get_one(Totp, owner.id).secret
    assert owner.secret not in kept
    assert SEALER.open(kept, f"totp:{owner.id}") == owner.secret
    assert SEALER.open(kept, f"totp:{Owner(instance).id}") is None


def test_an_app_is_on_once_it_has_shown_a_code(instance: Instance) -> None:
    owner = Owner(instance)
    offer = instance.see(service.offer_app, SEALER, "Corra: Scotland", actor=owner.actor)
    assert offer.address.startswith("otpauth://totp/Corra%20%20Scotland:")
    now = instance.clock.now()
    wrong = f"{(int(TOTP(offer.secret).at(now)) + 1) % 10**6:06}"
    for code in (
        wrong,
        "",
        "12345",
        "recovery-code",
        TOTP(offer.secret).at(now + timedelta(minutes=1)),
        TOTP(offer.secret).at(now - timedelta(minutes=1)),
    ):
        with pytest.raises(Invalid) as error:
            instance.do(service.turn_on_app, SEALER, offer.sealed, code, actor=owner.actor)
        assert set(error.value.fields) == {"code"}
    assert not instance.see(service.has_second_factor, owner.id)
    instance.later(minutes=20)
    code = TOTP(offer.secret).at(instance.clock.now())
    given = instance.do(service.turn_on_app, SEALER, offer.sealed, f"{code[:3]} {code[3:]}", actor=owner.actor)
    assert len(set(given)) == 10
    assert instance.see(service.has_second_factor, owner.id)
    assert {"account.app_on", "account.recovery_codes_made"} <= set(instance.audit())
    with pytest.raises(Conflict):
        instance.do(service.turn_on_app, SEALER, offer.sealed, code, actor=owner.actor)


def test_an_offer_is_kept_while_it_is_good_and_is_nobody_elses(instance: Instance) -> None:
    owner, other = Owner(instance), Owner(instance)
    offer = instance.see(service.offer_app, SEALER, "Corra", actor=owner.actor)
    again = instance.see(service.offer_app, SEALER, "Corra", offer.sealed, actor=owner.actor)
    assert again.secret == offer.secret
    code = TOTP(offer.secret).at(instance.clock.now())
    for sealer, actor in ((SEALER, other.actor), (Sealer("x" * 48), owner.actor)):
        with pytest.raises(Invalid):
            instance.do(service.turn_on_app, sealer, offer.sealed, code, actor=actor)
    instance.later(minutes=61)
    with pytest.raises(Invalid):
        instance.do(service.turn_on_app, SEALER, offer.sealed, TOTP(offer.secret).at(instance.clock.now()),
                    actor=owner.actor)  # fmt: skip
    assert instance.see(service.offer_app, SEALER, "Corra", offer.sealed, actor=owner.actor).secret != offer.secret


def test_nobody_sets_anything_up(instance: Instance) -> None:
    for call in (service.new_codes, service.turn_off_app):
        with pytest.raises(NotFound):
            instance.do(call)
    with pytest.raises(NotFound):
        instance.see(service.offer_app, SEALER, "Corra")
    with pytest.raises(NotFound):
        instance.do(service.turn_off_app, actor=Owner(instance).actor)


# --- signing in ---


def test_a_right_password_opens_no_page_by_itself(instance: Instance) -> None:
    owner, here = Owner(instance).set_up(), browser()
    half = owner.first_step(here)
    assert instance.arrive(half).account is None
    with instance.operator() as scope:
        open_ = sa.select(sa.func.count(SignInSession.id)).where(SignInSession.account_id == owner.id)
        assert scope.db.scalar(open_) == 0
    session = instance.arrive(owner.finish(half, owner.code(), here)).account
    assert session is not None
    assert (session.id, session.has_factor, session.confirmed_at) == (owner.id, True, instance.clock.now())


def test_a_code_is_taken_once_and_no_earlier_one_after_it(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    before, code = owner.code(-1), owner.code()
    assert owner.finish(owner.first_step(), code)
    for used in (code, before):
        with pytest.raises(Invalid) as error:
            owner.finish(owner.first_step(), used)
        assert set(error.value.fields) == {"code"}
    instance.later(seconds=30)
    assert owner.finish(owner.first_step(), owner.code())


def test_a_code_that_somebody_used_is_not_used_up_for_others(instance: Instance) -> None:
    first, second = Owner(instance).set_up(), Owner(instance).set_up()
    instance.later(seconds=30)
    for owner in (first, second):
        assert instance.arrive(owner.finish(owner.first_step(), owner.code())).account is not None
        with pytest.raises(Invalid):
            owner.finish(owner.first_step(), owner.code())


def test_the_code_that_turned_it_on_does_not_sign_in(instance: Instance) -> None:
    owner = Owner(instance)
    owner.set_up()
    with pytest.raises(Invalid):
        owner.finish(owner.first_step(), owner.code(-1))


def test_a_clock_may_be_half_a_minute_off_and_no_more(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    instance.later(minutes=5)
    for steps in (2, -2):
        with pytest.raises(Invalid):
            owner.finish(owner.first_step(), owner.code(steps))
    assert owner.finish(owner.first_step(), owner.code(-1))
    assert owner.finish(owner.first_step(), owner.code(1))


def test_the_first_step_is_used_once_in_time_and_at_its_host(instance: Instance) -> None:
    owner, here = Owner(instance).set_up(), browser()
    half = owner.first_step(here)
    elsewhere = browser("elsewhere.example.org")
    with pytest.raises(NotFound) as error:
        owner.finish(half, owner.code(), elsewhere)
    assert error.value.code == "second_step_gone"
    assert owner.finish(half, owner.code(), here)
    instance.later(seconds=30)
    late = owner.first_step(here)
    for gone in (half, "made up", ""):
        with pytest.raises(NotFound):
            owner.finish(gone, owner.code(), here)
    instance.later(minutes=15)
    with pytest.raises(NotFound):
        owner.finish(late, owner.code(), here)


def test_a_disabled_account_takes_no_second_step(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    half = owner.first_step()
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, owner.id).disabled_at = instance.clock.now()
    with pytest.raises(NotFound):
        owner.finish(half, owner.code())


def test_guessing_codes_is_slowed_for_the_account_whatever_the_address(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    half = owner.first_step()
    for _ in range(9):  # setting up took one
        with pytest.raises(Invalid):
            owner.finish(half, "000000", browser())
    with pytest.raises(Refused) as error:
        owner.finish(half, owner.code(), browser())
    assert error.value.code == "too_many"
    instance.later(minutes=14, seconds=31)
    assert owner.finish(owner.first_step(), owner.code())


def test_guessing_is_slowed_for_an_address_whatever_the_account(instance: Instance) -> None:
    here = browser()
    for _ in range(60):
        with pytest.raises(NotFound):
            instance.do(service.finish_by_code, SEALER, "made up", "000000", here)
    with pytest.raises(Refused):
        instance.do(service.finish_by_code, SEALER, "made up", "000000", here)


def test_who_took_no_first_step_counts_for_nobody_else(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    few = {**RATE_LIMITS, "factor_everyone": RateLimit(3, 1), "passkey_everyone": RateLimit(3, 1)}
    monkeypatch.setattr(limits, "RATE_LIMITS", few)
    owner = Owner(instance).set_up()
    half = owner.first_step()
    for _ in range(4):
        with pytest.raises(NotFound):
            instance.do(service.finish_by_code, SEALER, "made up", "000000", browser())
        with pytest.raises(NotFound):
            instance.do(service.finish_by_passkey, "made up", "{}", browser())
        with pytest.raises((Invalid, Refused)):
            instance.do(service.sign_in_by_passkey, "{}", browser())
    assert owner.finish(half, owner.code())


def test_a_mailed_link_asks_for_the_second_factor_before_it_changes_anything(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    before = owner.finish(owner.first_step(), owner.code())
    instance.do(service.send_sign_in_link, owner.email, browser())
    secret = str(instance.mails()[-1][2]["link"]).rpartition("/")[2]
    half = instance.do(service.sign_in_by_link, secret, browser(), "kettle on the hob")
    assert isinstance(half, service.HalfSignedIn)
    assert instance.arrive(before).account is not None, "nothing has been proven yet"
    assert owner.first_step(), "the old password still is the password"
    instance.later(seconds=30)
    after = owner.finish(half.secret, owner.code())
    assert instance.arrive(before).account is None
    assert instance.arrive(after).account is not None
    with pytest.raises(Invalid):
        owner.first_step()
    assert instance.do(service.sign_in_by_password, owner.email, "kettle on the hob", browser())


# --- recovery codes ---


def test_a_recovery_code_works_once_however_it_is_typed(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    first, second, *_ = codes_of(owner)
    assert owner.finish(owner.first_step(), f" {first.upper().replace('-', ' ')} ")
    with pytest.raises(Invalid):
        owner.finish(owner.first_step(), first)
    assert owner.finish(owner.first_step(), second)
    assert instance.see(service.factors_of, owner.id, "").codes_left == 8
    assert "account.recovery_code_used" in instance.audit()


def test_recovery_codes_are_kept_as_hashes_and_are_ones_own(instance: Instance) -> None:
    owner, other = Owner(instance).set_up(), Owner(instance).set_up()
    codes = codes_of(owner)
    with instance.operator() as scope:
        kept = set(scope.db.scalars(sa.select(RecoveryCode.hash)))
    assert not kept & {*codes, *map(plain_code, codes)}
    assert all(len(plain_code(code)) == 16 and len(set(recovery.LETTERS)) == 31 for code in codes)
    with pytest.raises(Invalid):
        other.finish(other.first_step(), codes[0])


def test_new_codes_end_the_old_ones(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    old, new = codes_of(owner)[0], codes_of(owner)[0]
    with pytest.raises(Invalid):
        owner.finish(owner.first_step(), old)
    assert owner.finish(owner.first_step(), new)


def test_recovery_codes_work_without_the_signing_key_that_sealed_the_app(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    code, half = codes_of(owner)[0], owner.first_step()
    lost = Sealer("another key " * 5)
    with pytest.raises(Invalid):
        instance.do(service.finish_by_code, lost, half, owner.code(), browser())
    assert instance.do(service.finish_by_code, lost, half, code, browser())


def test_turning_the_app_off_ends_its_codes_and_the_second_step(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    instance.do(service.turn_off_app, actor=owner.actor)
    assert instance.see(service.factors_of, owner.id, "").codes_left == 0
    assert isinstance(instance.do(service.sign_in_by_password, owner.email, PASSWORD, browser()), str)
    assert "account.app_off" in instance.audit()


# --- who must ---


def test_who_is_held_back_until_there_is_a_factor() -> None:
    held = without_factor(ActorFacts(roles=frozenset({"administrator", "analyst"}), is_operator=True))
    assert held.roles == {"facilitator", "analyst"}
    assert held.is_operator is False
    facilitator = ActorFacts(roles=frozenset({"facilitator", "participant"}))
    assert without_factor(facilitator) is facilitator
    assert without_factor(ActorFacts(is_operator=True)).roles == frozenset()


def test_who_owes_a_second_factor(instance: Instance) -> None:
    owners = {role: Owner(instance) for role in ("administrator", "facilitator", "operator")}
    for role in ("administrator", "facilitator"):
        instance.do(service.grant_role, owners[role].id, role)
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, owners["operator"].id).is_operator = True

    def owes(owner: Owner) -> bool:
        secret = instance.do(service.start_session, owner.id, browser())
        return bool(instance.do(service.owes_second_factor, secret))

    def owing() -> set[str]:
        return {role for role, owner in owners.items() if owes(owner)}

    assert owing() == {"administrator", "operator"}
    owners["administrator"].set_up()
    assert owing() == {"operator"}


def test_a_second_factor_is_reset_by_whoever_runs_the_installation(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    session = owner.finish(owner.first_step(), owner.code())
    with instance.operator(write=True) as scope:
        service.reset_second_factor(scope, owner.email.upper())
    assert instance.arrive(session).account is None
    assert not instance.see(service.has_second_factor, owner.id)
    assert instance.see(service.factors_of, owner.id, "").codes_left == 0
    assert instance.mails()[-1][:2] == ("people/mail_factor_reset", owner.email)
    with instance.operator() as scope:
        told = scope.db.scalars(sa.select(OperatorAudit.name).where(OperatorAudit.object_id == owner.id))
        assert list(told).count("account.second_factor_reset") == 1
    for email, code in ((owner.email, "no_second_factor"), ("nobody@example.org", "unknown_account")):
        with pytest.raises(NotFound) as error, instance.operator(write=True) as scope:
            service.reset_second_factor(scope, email)
        assert error.value.code == code


def test_new_codes_are_made_once_the_last_is_used(instance: Instance) -> None:
    owner = Owner(instance)
    codes = instance.do(recovery.codes_where_none, owner.id)
    assert len(set(codes)) == 10
    for code in codes[:-1]:
        assert instance.do(recovery.use_code, owner.id, code)
    assert instance.do(recovery.codes_where_none, owner.id) == ()
    assert instance.do(recovery.use_code, owner.id, codes[-1])
    assert not set(instance.do(recovery.codes_where_none, owner.id)) & set(codes)


def test_an_offer_lasts_an_hour() -> None:
    assert timedelta(hours=1) == authenticator.OFFER_FOR
