"""What is done with people and by them on the day that is recorded: coming in, roles, a second factor, passkeys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from pyotp import TOTP

from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account, SignInSession
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.jobs import MailRow
from systems_changers.testing.instance import NOW, Browser, no_links
from tests.core.home.recording import SLUG, Recorder, made
from tests.core.people.factors import SoftKey

PASSWORD, NEW_PASSWORD, RUTH = "porridge rain kettle", "kettle on the hob", "ruth@corra.example"
SECRET = re.compile(r"/(?:invitation|set-up|sign-in/link)/[\w-]{20,}")
APP_SECRET = re.compile(r'id="secret" value="([A-Z2-7]{32})"')
SEALED = re.compile(r'name="sealed" value="([^"]+)"')
CODE = re.compile(r"<code>([0-9a-z-]{19})</code>")
FACTOR, APP, PASSKEYS = "/account/second-factor", "/account/second-factor/app", "/account/passkeys"


@dataclass(frozen=True)
class Ruth:
    """Somebody who came in by an invitation: her id and her browser."""

    id: UUID
    browser: Browser


def the_people(recorder: Recorder, ada: Browser) -> Ruth:
    """Added, changed, invited, given a role; Ruth comes in, and out again."""
    person = made(recorder.send(ada, "/people/new", name="Ruth", email=RUTH))
    one = f"/people/{person}/"
    recorder.send(ada, one, name="Ruth Bell", email=RUTH)
    invited = recorder.send(ada, f"{one}invite", seen_at=one, role="participant")
    link = SECRET.search(invited.text)
    assert link is not None
    ruth = recorder.instance.client(SLUG)
    recorder.send(ruth, link[0], email=RUTH, password=PASSWORD)
    for step in ("give", "take"):
        recorder.send(ada, f"{one}roles/facilitator/{step}", seen_at=one)
    recorder.send(ruth, "/sign-out", seen_at="/account/")
    recorder.send(ruth, "/sign-in", email=RUTH, password=PASSWORD)
    recorder.send(ruth, "/account/", name="Ruth Bell", about="I ring people.")
    for step in ("end", "end-others"):
        other = another_device(recorder, RUTH)
        path = f"/account/sessions/{other}/end" if step == "end" else "/account/sessions/end-others"
        recorder.send(ruth, path, seen_at="/account/")
    recorder.send(ruth, "/account/password", seen_at="/account/", current=PASSWORD, new=NEW_PASSWORD)
    recorder.send(ruth, "/language", seen_at="-", locale="en_GB", back="/")
    second_factor(recorder, ruth)
    by_links(recorder, ada)
    return Ruth(UUID(person), ruth)


def second_factor(recorder: Recorder, ruth: Browser) -> None:
    """An app and a passkey are added, used and taken away; recovery codes are made anew, and one is used."""
    page = ruth.get(APP).text
    secret, sealed = APP_SECRET.findall(page)[0], SEALED.findall(page)[0]
    recorder.send(ruth, APP, seen_at="-", code=TOTP(secret).at(NOW), sealed=sealed)
    codes = CODE.findall(recorder.send(ruth, f"{FACTOR}/codes", seen_at=FACTOR).text)
    key = SoftKey("127.0.0.1", "http://127.0.0.1")
    asked = recorder.send(ruth, f"{PASSKEYS}/challenge", seen_at="-")
    recorder.send(ruth, f"{PASSKEYS}/new", name="My phone", passkey=key.make(asked.text))
    for code in (TOTP(secret).at(NOW + timedelta(seconds=30)), codes[0]):
        phone = recorder.instance.client(SLUG)
        recorder.send(phone, "/sign-in", email=RUTH, password=NEW_PASSWORD)
        recorder.send(phone, "/sign-in/second", code=code)
    phone = recorder.instance.client(SLUG)
    asked = recorder.send(phone, "/sign-in/passkey/challenge", seen_at="-")
    recorder.send(phone, "/sign-in/passkey", seen_at="-", passkey=key.use(asked.text))
    recorder.send(ruth, "/account/confirm", confirm_password=NEW_PASSWORD)
    (remove,) = re.findall(rf'action="/p/{SLUG}({PASSKEYS}/[^"]*/remove)"', ruth.get(FACTOR).text)
    for path in (remove, f"{APP}/off"):
        recorder.send(ruth, path, seen_at=FACTOR)


def another_device(recorder: Recorder, email: str) -> UUID:
    """One more browser in which somebody is signed in."""
    with recorder.instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        account = scope.db.scalars(sa.select(Account).where(Account.email == email)).one()
        people.start_session(scope, account.id, people.Browser("127.0.0.1", device="Phone"))
        newest_session = sa.select(SignInSession.id).where(SignInSession.device == "Phone")
        found = scope.db.scalars(newest_session.order_by(SignInSession.created_at.desc())).first()
        scope.db.commit()
    assert found is not None
    return found


def by_links(recorder: Recorder, ada: Browser) -> None:
    """Those who come in by a link: by mail, as administrators, and with an account that they have already."""
    browser = recorder.instance.client(SLUG)
    recorder.send(browser, "/sign-in/link", email=RUTH)
    with recorder.instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        secret = people.issue_sign_in(scope, RUTH)
        scope.db.commit()
    recorder.send(browser, f"/sign-in/link/{secret}", password="")
    with recorder.instance.scope(SLUG, write=True) as inside:
        secret = people.issue_set_up(inside, people.NewPerson("Euan", "euan@corra.example"))
    recorder.send(recorder.instance.client(SLUG), f"/set-up/{secret}", password=PASSWORD)
    person = made(recorder.send(ada, "/people/new", name="Isla", email="isla@corra.example"))
    invited = ada.post(f"/people/{person}/invite", {"role": "participant"})
    link = SECRET.search(invited.text)
    assert link is not None
    stranger = recorder.instance.add_person("alder", "Isla Elsewhere", "participant", email="isla@corra.example")
    isla = recorder.instance.client(SLUG, stranger)
    recorder.send(isla, f"{link[0]}/here", seen_at=link[0])
    another_address(recorder, isla, "isla.bell@corra.example")


def another_address(recorder: Recorder, browser: Browser, wanted: str) -> None:
    """Asked for, and changed by the link that was mailed."""
    recorder.send(browser, "/account/address", email=wanted)
    with recorder.instance.kit.operator_scope(ANYONE, links=no_links) as scope:
        mail = scope.db.scalars(sa.select(MailRow).where(MailRow.address == wanted)).one()
    recorder.send(browser, f"/account/address/{mail.values['link'].rpartition('/')[2]}")
