"""What signing in leaves behind: the session's row, the mail, the list of changes, and what is no longer good."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.models import AuditEvent, OperatorAudit
from systems_changers.core.people import service
from systems_changers.core.people.models import Account, SignInSession
from systems_changers.core.people.queries import hash_secret
from systems_changers.core.people.service import Browser
from systems_changers.infra import passwords
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import MailRow, OutboxRow
from tests.core.instance import CHEAP, HOST, Instance
from tests.core.people.factors import PASSWORD, SEALER, Owner, SoftKey, add_key, browser


def told(instance: Instance) -> list[tuple[str, str | None, UUID | None]]:
    """What was recorded at the partner, with kind and id."""
    with instance.scope() as scope:
        rows = scope.db.scalars(sa.select(AuditEvent).order_by(AuditEvent.at, AuditEvent.id))
        return [(row.name, row.object_kind, row.object_id) for row in rows]


def session_of(instance: Instance, secret: str) -> SignInSession:
    with instance.operator() as scope:
        return scope.db.scalars(sa.select(SignInSession).where(SignInSession.secret_hash == hash_secret(secret))).one()


def test_a_session_says_where_since_when_and_how_long(instance: Instance) -> None:
    owner, now = Owner(instance), instance.clock.now()
    at = Browser("h" * 260, new_id().hex, "d" * 210, hours=5)
    row = session_of(instance, instance.do(service.start_session, owner.id, at))
    assert (row.account_id, row.host, row.device) == (owner.id, "h" * 253, "d" * 200)
    assert (row.created_at, row.seen_at, row.confirmed_at) == (now, now, now)
    assert (row.expires_at, row.revoked_at, row.partner_ref) == (now + timedelta(hours=5), None, None)
    assert told(instance)[-1] == ("account.signed_in", "account", owner.id)


def test_a_session_by_sign_on_counts_at_its_partner_and_confirms_nothing(instance: Instance) -> None:
    owner = Owner(instance)
    row = session_of(instance, instance.do(service.enter, owner.id, browser(), signed_on=True))
    assert (row.partner_ref, row.confirmed_at) == (instance.partner.id, None)
    half = instance.do(service.enter, Owner(instance).set_up().id, browser(), signed_on=True)
    assert isinstance(half, service.HalfSignedIn)
    with instance.operator(write=True) as scope, pytest.raises(NotFound):
        service.start_session(scope, owner.id, browser(), signed_on=True)


def test_a_browser_that_says_nothing_is_remembered_for_two_weeks(instance: Instance) -> None:
    owner = Owner(instance)
    row = session_of(instance, instance.do(service.start_session, owner.id, Browser(HOST)))
    assert (row.expires_at - row.created_at, row.device) == (timedelta(days=14), "")


def test_what_is_asked_for_and_ended_is_recorded(instance: Instance) -> None:
    owner = Owner(instance)
    instance.do(service.send_sign_in_link, owner.email, browser())
    assert told(instance)[-1] == ("account.link_asked", None, None)
    secret = instance.do(service.start_session, owner.id, browser())
    row = session_of(instance, secret)
    for _ in range(2):
        instance.do(service.revoke_session, row.id, actor=owner.actor)
    ended = [each for each in told(instance) if each[0] == "account.session_revoked"]
    assert ended == [("account.session_revoked", "sign_in_session", row.id)]
    assert session_of(instance, secret).revoked_at == instance.clock.now()
    instance.do(service.revoke_other_sessions, None, actor=owner.actor)
    assert told(instance)[-1] == ("account.other_sessions_revoked", "account", owner.id)
    instance.do(service.sign_out, instance.do(service.start_session, owner.id, browser()), actor=owner.actor)
    assert told(instance)[-1] == ("account.signed_out", "account", owner.id)
    before = told(instance)
    instance.do(service.sign_out, "", actor=owner.actor)
    assert told(instance) == before
    with pytest.raises(NotFound):
        instance.do(service.revoke_other_sessions, None)


def test_signing_out_again_changes_nothing_and_ends_no_other(instance: Instance) -> None:
    owner = Owner(instance)
    here, there = (instance.do(service.start_session, owner.id, browser()) for _ in range(2))
    instance.do(service.sign_out, here)
    at = session_of(instance, here).revoked_at
    instance.later(minutes=1)
    instance.do(service.sign_out, here)
    assert (at, session_of(instance, here).revoked_at) == (instance.clock.now() - timedelta(minutes=1), at)
    assert session_of(instance, there).revoked_at is None


def test_everybody_is_signed_out_at_once_and_who_was_out_stays_so(instance: Instance) -> None:
    secrets = [instance.do(service.start_session, Owner(instance).id, browser()) for _ in range(2)]
    instance.do(service.sign_out, secrets[0])
    at = instance.clock.now()
    instance.later(minutes=1)
    with instance.operator(write=True) as scope:
        service.end_every_session(scope)
    assert [session_of(instance, each).revoked_at for each in secrets] == [at, instance.clock.now()]


def test_a_session_in_use_is_noted(instance: Instance) -> None:
    secret = instance.do(service.start_session, Owner(instance).id, browser())
    instance.later(hours=2)
    with instance.operator(write=True) as scope:
        service.mark_seen(scope, session_of(instance, secret).id)
        service.mark_seen(scope, new_id())
    assert session_of(instance, secret).seen_at == instance.clock.now()


# --- links ---


def test_a_disabled_account_is_mailed_nothing(instance: Instance) -> None:
    owner, mails = Owner(instance), len(instance.mails())
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, owner.id).disabled_at = instance.clock.now()
    instance.do(service.send_sign_in_link, owner.email, browser())
    assert len(instance.mails()) == mails
    with instance.operator(write=True) as scope, pytest.raises(NotFound) as refused:
        service.issue_sign_in(scope, owner.email)
    assert refused.value.code == "unknown_account"


@pytest.mark.parametrize(("own", "locale"), [(None, "gd"), ("cy", "cy")])
def test_a_link_speaks_the_accounts_language_or_the_partners_first(
    instance: Instance, own: str | None, locale: str
) -> None:
    owner = Owner(instance)
    instance.partner = replace(instance.partner, locales=("gd", "en_GB"))
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, owner.id).locale = own
    instance.do(service.send_sign_in_link, f" {owner.email.upper()} ", browser())
    with instance.operator() as scope:
        found = sa.select(MailRow, OutboxRow).join(OutboxRow, OutboxRow.id == MailRow.outbox_id)
        ((mail, row),) = scope.db.execute(found.where(MailRow.address == owner.email)).all()
    assert (mail.locale, mail.values["minutes"], row.partner_ref) == (locale, 15, instance.partner.id)
    assert mail.values["link"].startswith(f"https://{HOST}/p/{instance.partner.slug}/people.open_link/")


def test_outside_any_partner_a_link_speaks_english(instance: Instance) -> None:
    owner = Owner(instance)
    with instance.operator(write=True) as scope:
        service.send_sign_in_link(scope, owner.email, browser())
    with instance.operator() as scope:
        found = sa.select(MailRow.locale, OutboxRow.partner_ref).join(OutboxRow, OutboxRow.id == MailRow.outbox_id)
        assert scope.db.execute(found.where(MailRow.address == owner.email)).all() == [("en_GB", None)]


def test_what_is_no_address_is_named(instance: Instance) -> None:
    with pytest.raises(Invalid) as refused:
        instance.do(service.send_sign_in_link, "no address", browser())
    assert set(refused.value.fields) == {"email"}


def test_a_link_by_hand_lasts_a_day_ends_the_one_before_and_proves_nothing(instance: Instance) -> None:
    owner = Owner(instance)
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, owner.id).email_proven_at = None
        first, second = (service.issue_sign_in(scope, owner.email) for _ in range(2))
    with instance.operator() as scope:
        (row,) = scope.db.scalars(sa.select(OperatorAudit).where(OperatorAudit.object_id == owner.id).limit(1))
    assert (row.name, row.object_kind) == ("account.link_made", "account")
    with pytest.raises(NotFound):
        instance.do(service.sign_in_by_link, first, browser())
    instance.later(hours=23, minutes=59)
    assert instance.do(service.sign_in_by_link, second, browser())
    with instance.operator(write=True) as scope:
        account = scope.db.get_one(Account, owner.id)
        assert (account.email_proven_at, passwords.password_matches(account.password_hash, PASSWORD)) == (None, True)
        third = service.issue_sign_in(scope, owner.email)
    instance.later(hours=24)
    with pytest.raises(NotFound):
        instance.do(service.sign_in_by_link, third, browser())


def test_the_first_link_by_mail_notes_when_the_address_was_proven(instance: Instance) -> None:
    owner = Owner(instance)
    with instance.operator(write=True) as scope:
        scope.db.get_one(Account, owner.id).email_proven_at = None
    at = instance.clock.now()
    for _ in range(2):
        instance.do(service.send_sign_in_link, owner.email, browser())
        instance.do(service.sign_in_by_link, str(instance.mails()[-1][2]["link"]).rpartition("/")[2], browser())
        instance.later(minutes=1)
    with instance.operator() as scope:
        assert scope.db.get_one(Account, owner.id).email_proven_at == at


# --- passwords ---


def test_a_hash_of_an_older_cost_is_made_anew_with_the_right_password(instance: Instance) -> None:
    owner = Owner(instance)

    def kept() -> Any:
        with instance.operator() as scope:
            return scope.db.get_one(Account, owner.id).password_hash

    old = kept()
    instance.do(service.sign_in_by_password, owner.email, PASSWORD, browser())
    assert kept() == old
    passwords.use_cost(passwords.HashCost(rounds=2, memory=16))
    try:
        with pytest.raises(Invalid):
            instance.do(service.sign_in_by_password, owner.email, "wrong", browser())
        assert kept() == old
        instance.do(service.sign_in_by_password, owner.email, PASSWORD, browser())
        assert "m=16,t=2" in kept()
        assert passwords.password_matches(kept(), PASSWORD)
    finally:
        passwords.use_cost(CHEAP)


def test_a_new_password_is_recorded_by_its_fields_name(instance: Instance) -> None:
    owner = Owner(instance)
    instance.do(service.change_password, PASSWORD, "kettle on the hob", None, actor=owner.actor)
    with instance.scope() as scope:
        (row,) = scope.db.scalars(sa.select(AuditEvent).where(AuditEvent.name == "account.password_changed"))
    assert (row.object_kind, row.object_id, row.changed) == ("account", owner.id, ["password_hash"])
    with pytest.raises(NotFound):
        instance.do(service.change_password, PASSWORD, "kettle on the hob", None)


# --- factors ---


def test_what_becomes_of_factors_is_recorded(instance: Instance) -> None:
    owner = Owner(instance).set_up()
    assert ("account.app_on", "account", owner.id) in told(instance)
    assert ("account.recovery_codes_made", "account", owner.id) in told(instance)
    add_key(owner, SoftKey())
    assert [each[1] for each in told(instance) if each[0] == "account.passkey_added"] != [None]
    instance.do(service.turn_off_app, actor=owner.actor)
    assert told(instance)[-1] == ("account.app_off", "account", owner.id)
    with pytest.raises(NotFound):
        instance.do(service.turn_off_app, actor=owner.actor)


def test_an_offer_that_is_too_old_is_told_at_the_code(instance: Instance) -> None:
    owner = Owner(instance)
    offer = instance.see(service.offer_app, SEALER, "Corra", actor=owner.actor)
    instance.later(minutes=60)
    with pytest.raises(Invalid) as refused:
        instance.do(service.turn_on_app, SEALER, offer.sealed, "123456", actor=owner.actor)
    assert "That took too long" in str(refused.value.fields["code"][0])
