"""What is done on the day that is recorded about people's own data: consents, complaints, requests and erasing."""

from __future__ import annotations

from systems_changers.core.people.models import Person
from systems_changers.core.privacy.models import Complaint, Consent, SubjectRequest
from systems_changers.testing.instance import Browser
from tests.core.home.recorded_people import Ruth
from tests.core.home.recording import SLUG, Recorder, made, newest

REQUESTS, ANSWERS = "/settings/requests", "/settings/privacy/"


def their_own_data(recorder: Recorder, ada: Browser, ruth: Ruth) -> None:
    """All of it; somebody else than Ruth is erased."""
    recorder.send(ada, ANSWERS, contact="Ines, ines@corra.example", registration="ZA123456")
    consents(recorder, ruth.browser)
    a_complaint(recorder, ada)
    requests(recorder, ada, ruth)
    recorder.send(ada, f"/people/{ruth.id}/data", seen_at=f"/people/{ruth.id}/")
    leaver = made(recorder.send(ada, "/people/new", name="Lewis Leaver", email="lewis@corra.example"))
    recorder.send(ada, f"/people/{leaver}/erase", name="Lewis Leaver")


def consents(recorder: Recorder, browser: Browser) -> None:
    """Given and taken back with the profile, and taken back in one click."""
    for shows in (["job", "team"], ["job"]):
        recorder.send(browser, "/account/", shows=shows, contact_by=["email"])
    consent = newest(recorder, Consent, purpose="show.job", withdrawn_at=None).id
    recorder.send(browser, f"/account/agreed/{consent}/take-back", seen_at="/account/agreed")


def a_complaint(recorder: Recorder, ada: Browser) -> None:
    """Somebody who isn't signed in complains, and is answered."""
    told = {"name": "Nan", "contact": "nan@elsewhere.example", "words": "Take me off the list."}
    recorder.send(recorder.instance.client(SLUG), "/privacy/complaint", **told)
    one = f"{ANSWERS}complaints/{newest(recorder, Complaint).id}/"
    recorder.send(ada, f"{one}acknowledge", seen_at=one)
    recorder.send(ada, f"{one}close", seen_at=one, outcome="She is off the list.")


def requests(recorder: Recorder, ada: Browser, ruth: Ruth) -> None:
    """Ruth takes her data out, asks the partner for it, and asks by letter too."""
    recorder.send(ruth.browser, "/account/data", seen_at="/account/")
    recorder.send(ruth.browser, "/account/data/ask", seen_at="/account/", kind="access")
    recorder.send(ada, f"/people/{ruth.id}/requests", seen_at=f"/people/{ruth.id}/", kind="erasure",
                  received_on="2026-03-20")  # fmt: skip
    one = f"{REQUESTS}/{newest(recorder, SubjectRequest, kind='erasure').id}"
    recorder.send(ada, f"{one}/longer", seen_at=REQUESTS, note="Many letters to read.")
    recorder.send(ada, f"{one}/answered", seen_at=REQUESTS)
    assert newest(recorder, Person, id=ruth.id).name == "Ruth Bell"
