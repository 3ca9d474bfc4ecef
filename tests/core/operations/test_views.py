"""The operator's pages: plugins, mailbox, what was given up; and a partner's record of changes."""

from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.core.operations import service
from systems_changers.core.people import service as people
from systems_changers.hooks.calls import Fault
from systems_changers.hooks.registry import Quarantined
from systems_changers.infra.db import open_session
from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.jobs import MailRow, OutboxRow
from systems_changers.infra.mail import deliver
from systems_changers.infra.text import msg
from systems_changers.web.dispatch import compose
from systems_changers.web.house import House
from tests.core.instance import Instance, fresh_email, manifest
from tests.core.site import Site, open_site

PATHS = ["/operator/plugins", "/operator/outbox", "/operator/mailbox", "/operator/changes"]


@pytest.mark.parametrize("path", PATHS)
def test_only_the_operator_sees_them(site: Site, path: str) -> None:
    assert site.come_in(operator=True, slug=None).get(path).status_code == 200
    assert site.come_in("administrator", slug=None).get(path).status_code == 403
    assert site.browser(None).get(path).status_code == 303


def test_plugins_with_their_faults(site: Site) -> None:
    site.instance.registry.manifests["alba"] = manifest("alba")
    site.instance.registry.quarantined.append(Quarantined("broken", msg("It asks for the kit %(range)s.", range=">=9")))
    service.FaultBook()(site.instance.engine, [Fault("alba", "sc_offer_nav", "<b>oops</b>")], site.kit.clock)
    page = site.come_in(operator=True, slug=None).get("/operator/plugins").text
    assert "&lt;b&gt;oops" in page
    assert "It asks for the kit &gt;=9." in page


def test_what_was_given_up_is_tried_again(site: Site) -> None:
    with site.instance.operator(write=True) as scope:
        at = site.instance.clock.now()
        row = OutboxRow(kind="mail", name="people/mail_invitation", at=at, due_at=at, state="parked", tries=8)
        scope.db.add(row)
    operator = site.come_in(operator=True, slug=None)
    assert "people/mail_invitation" in operator.get("/operator/outbox").text
    path = f"/operator/outbox/{row.id}/again"
    assert operator.post(path, seen_at="/operator/outbox").status_code == 303
    assert operator.post(path, seen_at="/account/").status_code == 404
    changes = operator.get("/operator/changes").text
    assert '<th scope="row" role="rowheader">Tried again to send what was given up</th>' in changes
    assert 'href="/operator/changes" aria-current="page"' in changes
    with site.instance.operator() as scope:
        kept = scope.db.get_one(OutboxRow, row.id)
        assert (kept.state, kept.tries) == ("waiting", 0)


def mail_of(site: Site) -> EmailMessage:
    house: House = site.app.extensions["house"]
    with open_session(site.instance.engine, None) as db:
        row, mail = db.execute(
            sa.select(OutboxRow, MailRow).join(MailRow, MailRow.outbox_id == OutboxRow.id).order_by(OutboxRow.id.desc())
        ).first() or (None, None)
    assert row is not None
    assert mail is not None
    partner = site.instance.partner if row.partner_ref else None
    return compose(house, row.name, mail, partner)


def test_an_invitation_can_be_read_and_a_sign_in_link_can_not(site: Site) -> None:
    email = fresh_email()
    with site.instance.scope(write=True) as scope:
        person = people.find_or_make_person(scope, "Aileen O'Hara", email).id
    facilitator = site.come_in("facilitator")
    facilitator.post(f"/people/{person}/invite", {"role": "participant"}, seen_at="/people/new")
    invitation = mail_of(site)
    assert invitation["Subject"] == "Corra Trust invites you to Systems Changers"
    deliver(site.settings, invitation)
    site.instance.do(people.make_account, email, "porridge rain kettle")
    site.browser().post("/sign-in/link", {"email": email})
    link = mail_of(site)
    plain = link.get_body(("plain",))
    assert plain is not None
    secret = str(site.instance.mails()[-1][2]["link"]).rpartition("/")[2]
    assert secret in plain.get_content()
    deliver(site.settings, link, secret=True)
    operator = site.come_in(operator=True, slug=None)
    listed = operator.get("/operator/mailbox").text
    assert "link is shown, because it opens only that invitation" in listed
    assert email in listed
    keys = sorted(file.stem for file in (site.settings.data / "mailbox").glob("*.eml"))
    texts = [operator.get(f"/operator/mailbox/{key}").text for key in keys]
    assert "Dear Aileen O&#39;Hara," in texts[0]
    assert "/invitation/" in texts[0]
    assert secret not in "".join(texts)
    assert "[not shown here]" in texts[1]
    assert operator.get("/operator/mailbox/none").status_code == 404


def test_an_application_without_an_instance_does_not_start(instance: Instance, tmp_path: Path) -> None:
    kit = open_site(instance, tmp_path).kit
    with pytest.raises(Misconfigured, match="run `systems-changers init`"):
        service.refuse_unready(kit)


def test_faults_that_are_put_right_are_taken_off(site: Site) -> None:
    site.instance.registry.manifests["alba"] = manifest("alba")
    service.FaultBook()(site.instance.engine, [Fault("alba", "sc_offer_nav", "a nav that fails")], site.kit.clock)
    operator = site.come_in(operator=True, slug=None)
    assert "a nav that fails" in operator.get("/operator/plugins").text
    assert operator.post("/operator/plugins/alba/forget", seen_at="/operator/plugins").status_code == 303
    page = operator.get("/operator/plugins").text
    assert "a nav that fails" not in page
    assert "What is still wrong will be told anew." in page
    assert "Took a plugin&#39;s faults off the list" in operator.get("/operator/changes").text
