"""Files end to end: given as evidence, read by whoever may read the evidence, served apart, and gone when it goes."""

from __future__ import annotations

import errno
import io
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from systems_changers.app import house_of, make_dispatcher
from systems_changers.core.experiments.models import Evidence, Experiment, ExperimentShare
from systems_changers.core.home.service.doctor_working import Patient, file_store
from systems_changers.core.operations import service
from systems_changers.core.operations.models import StoredFile
from systems_changers.hooks.facts import ActorFacts
from systems_changers.hooks.registry import Registry
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.identifiers import new_id
from systems_changers.testing.instance import Browser, Instance, open_instance
from tests.infra import samples
from tests.infra.bucket import KEY, open_bucket
from tests.instance import Template
from tests.statements import statements

LINK = re.compile(r'href="/p/[a-z0-9-]+(/files/[^"]+)"')
REMOVAL = re.compile(r'action="/p/[a-z0-9-]+(/experiments/[^"]+/evidence/[^"]+/remove)"')
NUMBERS = count(1)
NOW = datetime.now(UTC).replace(microsecond=0)
APART = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "same-origin",
}


class Place:
    """An experiment of Kirsty's at a partner, and browsers of people there and elsewhere."""

    def __init__(self, instance: Instance) -> None:
        number = next(NUMBERS)
        self.instance, self.slug, self.elsewhere = instance, f"here-{number}", f"there-{number}"
        partner = instance.add_partner("Here", slug=self.slug)
        instance.add_partner("There", slug=self.elsewhere)
        self.folder = instance.kit.settings.data / "files" / str(partner.id)
        self.kirsty = self.person("Kirsty Lennox", "participant")
        self.author = self.browser(self.kirsty)
        self.experiment = new_id()
        with instance.scope(self.slug, write=True) as scope:
            scope.db.add(Experiment(id=self.experiment, author_id=self.kirsty.person_id, title="Letter"))

    def person(self, name: str, *roles: str, slug: str = "") -> ActorFacts:
        return self.instance.add_person(slug or self.slug, name, *roles)

    def browser(self, actor: ActorFacts, slug: str = "") -> Browser:
        return self.instance.client(slug or self.slug, actor)

    def give(self, content: bytes, name: str = "What Ailsa said.pdf", **answers: Any) -> Any:
        """Send the form with a file."""
        answers = {"text": "", "tells": "grow", **answers, "file": FileStorage(io.BytesIO(content), name)}
        return self.send(f"/experiments/{self.experiment}/evidence", answers)

    def send(self, path: str, answers: dict[str, Any]) -> Any:
        """A form with files, made here: the client would leave a long one's temporary file open."""
        boundary, body = encode_multipart({**answers, "csrf_token": self.author.token()})
        kind = f"multipart/form-data; boundary={boundary}"
        return self.author.post(path, token=False, input_stream=io.BytesIO(body), content_type=kind,
                                content_length=len(body))  # fmt: skip

    def read(self, address: str, browser: Browser | None = None) -> Any:
        """A file, to its end."""
        return (browser or self.author).get(address, buffered=True)

    def sweep(self, days: float) -> None:
        """Let time pass for the clock and the disk, and the job run."""
        for file in self.folder.rglob("*"):
            at = file.stat().st_mtime - days * 86_400
            os.utime(file, (at, at))
        with self.instance.scope(self.slug, write=True) as scope:
            service.sweep_files(replace(scope, clock=FixedClock(NOW + timedelta(days=days))))

    def given(self, content: bytes = b"%PDF-1.7 %%EOF", name: str = "What Ailsa said.pdf") -> str:
        """Give a file and answer its address, as the experiment's page links to it."""
        answer = self.give(content, name)
        assert answer.status_code == 303, answer.text
        address: str = LINK.findall(self.page())[-1]
        return address

    def page(self) -> str:
        found: str = self.author.get(f"/experiments/{self.experiment}/").text
        return found

    def share(self, audience: str, person_id: UUID | None = None, fields: tuple[str, ...] = ()) -> None:
        row = ExperimentShare(
            experiment_id=self.experiment, audience=audience, person_id=person_id, fields=list(fields), granted_at=NOW
        )
        with self.instance.scope(self.slug, write=True) as scope:
            scope.db.add(row)

    def rows(self) -> int:
        with self.instance.scope(self.slug) as scope:
            return scope.db.scalar(sa.select(sa.func.count(StoredFile.id))) or 0

    def on_disk(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def house(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    folder, limits = tmp_path_factory.mktemp("files"), {"most_file": 300_000, "partner_quota": 500_000}
    made = open_instance(template.copy(folder), folder, registry, clock=FixedClock(NOW), **limits)
    yield made
    made.kit.engine.dispose()


@pytest.fixture
def place(house: Instance) -> Place:
    return Place(house)


def test_evidence_may_be_a_file(place: Place) -> None:
    form = place.author.get(f"/experiments/{place.experiment}/evidence").text
    assert 'enctype="multipart/form-data"' in form
    assert re.search(r'<input type="file" id="field-file" name="file"[^>]* data-most="300000"', form)
    assert "at most 0.3 MB" in form
    address = place.given()
    assert re.fullmatch(r"/files/[0-9a-f-]{36}/file\.pdf", address), "a name may say who, and addresses are logged"
    page = place.page()
    assert "What Ailsa said.pdf</a>" in page
    assert "PDF, 1\N{NO-BREAK SPACE}kB" in page
    answer = place.read(address)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, b"%PDF-1.7 %%EOF", "application/pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="What Ailsa said.pdf"'
    assert answer.headers["Content-Length"] == "14"
    assert {name: answer.headers.getlist(name) for name in APART} == {name: [value] for name, value in APART.items()}
    head = place.author.client.head(f"/p/{place.slug}{address}", base_url="http://127.0.0.1", buffered=True)
    assert (head.status_code, head.data, head.headers["Content-Length"]) == (200, b"", "14")
    with place.instance.scope(place.slug) as scope:
        piece = scope.db.scalars(sa.select(Evidence)).one()
        assert (piece.kind, piece.text, piece.tells) == ("file", "", "grow")
        assert scope.db.scalars(sa.select(StoredFile.uploaded_by)).one() == place.kirsty.person_id


def test_a_photo_is_shown_upright_and_tells_no_place(place: Place) -> None:
    answer = place.read(place.given(samples.photo_of_a_place(6), "IMG_0001.html"))
    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Content-Disposition"] == "inline; filename=IMG_0001.jpg"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert samples.PLACE not in answer.data


REFUSED = [
    samples.SCRIPT, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", b"MZ\x90", samples.lying_archive(),
    samples.word(more={"word/vbaProject.bin": b""}), samples.png_of(50_000, 50_000), b"%PDF" * 80_000,
]  # fmt: skip


@pytest.mark.parametrize("content", REFUSED)
def test_a_refused_file_keeps_the_text_and_leaves_nothing(place: Place, content: bytes) -> None:
    answer = place.give(content, "photo.jpg", text="Three calls <b>this</b> week")
    assert answer.status_code == 422
    assert "Three calls &lt;b&gt;this&lt;/b&gt; week</textarea>" in answer.text
    assert 'id="field-file-error"' in answer.text
    assert '<a href="#field-file">' in answer.text
    assert (place.rows(), place.on_disk()) == (0, [])


def test_a_form_refused_for_another_reason_asks_for_the_file_again(place: Place) -> None:
    answer = place.give(b"%PDF-1.7", link="ftp://nowhere", text="Seen by two")
    assert answer.status_code == 422
    assert "Seen by two</textarea>" in answer.text
    assert answer.text.count("Choose the file again: it is not kept until everything else is right.") == 2
    assert (place.rows(), place.on_disk()) == (0, [])


def test_no_file_is_no_matter(place: Place) -> None:
    assert place.give(b"", "", text="Only words").status_code == 303
    answer = place.give(b"", "", text="")
    assert answer.status_code == 422
    assert "give an address where it can be seen, or choose a file." in answer.text
    assert place.give(b"", "empty.txt", text="Words").status_code == 422


def test_only_forms_that_take_files_take_large_ones(place: Place) -> None:
    settings = place.instance.kit.settings
    assert place.give(b"a" * (settings.most_file + 1)).status_code == 422
    answer = place.give(b"a" * (settings.most_file + settings.most_body))
    assert answer.status_code == 413
    assert "what you wrote is still there" in answer.text
    file = FileStorage(io.BytesIO(b"a" * (settings.most_body + 1)), "a.txt")
    assert place.send("/experiments/", {"title": "x", "file": file}).status_code == 413
    assert place.on_disk() == []


# --- who may ---


def test_whoever_reads_the_evidence_reads_the_file_and_nobody_else(place: Place) -> None:
    address = place.given()
    readers = {
        "learning": place.person("Ada Learning", "line_manager"), "evidence": place.person("Eve Seen", "participant"),
        "staff": place.person("Fay Staff", "facilitator", "administrator"), "analyst": place.person("Ann", "analyst"),
    }  # fmt: skip
    place.share("person", readers["learning"].person_id, ("learning",))
    place.share("person", readers["evidence"].person_id, ("evidence",))
    browsers = {name: place.browser(actor) for name, actor in readers.items()}
    found = {name: place.read(address, browser).status_code for name, browser in browsers.items()}
    assert found == {"learning": 404, "evidence": 200, "staff": 404, "analyst": 403}
    assert address in browsers["evidence"].get(f"/experiments/{place.experiment}/").text
    place.share("partner")
    assert place.read(address, browsers["staff"]).status_code == 200
    stranger = place.person("Priya Other", "administrator", "participant", slug=place.elsewhere)
    assert place.read(address, place.browser(stranger, place.elsewhere)).status_code == 404
    assert place.instance.client(place.slug).get(address).status_code == 303, "sign in first"


@pytest.mark.parametrize(("name", "told"), [
    ("Zwölf –.pdf", "attachment; filename=\"Zwolf .pdf\"; filename*=UTF-8''Zw%C3%B6lf%20%E2%80%93.pdf"),
    ("報告.pdf", "attachment; filename=file.pdf; filename*=UTF-8''%E5%A0%B1%E5%91%8A.pdf"),
    ("it's 100%.pdf", "attachment; filename=\"it's 100%.pdf\""),
])  # fmt: skip
def test_a_name_in_any_letters_is_told(place: Place, name: str, told: str) -> None:
    found = place.read(place.given(name=name)).headers["Content-Disposition"]
    assert found == told
    assert found.isascii()


@pytest.mark.parametrize("name", ["file.html", "file.PDF", "What Ailsa said.pdf", "x"])
def test_a_file_has_one_address(place: Place, name: str) -> None:
    address = place.given()
    assert place.author.get(address.rpartition("/")[0] + f"/{name}").status_code == 404
    assert place.author.get(f"/files/{new_id()}/file.pdf").status_code == 404


def test_the_door_to_a_file_is_one_statement(place: Place) -> None:
    address = place.given()
    place.read(address)
    with statements(place.instance.kit.engine) as sent:
        place.read(address)
    assert len(sent) == 3, "\n".join(sent)


def test_removing_and_undoing(place: Place) -> None:
    address = place.given()
    [removal] = REMOVAL.findall(place.page())
    assert place.author.post(removal).status_code == 303
    assert place.read(address).status_code == 404
    assert address not in place.page()
    assert place.author.post(removal).status_code == 303, "a second tap"
    assert place.author.post(removal.replace("/remove", "/restore")).status_code == 303
    assert place.read(address).status_code == 200
    assert place.author.post(f"/experiments/{place.experiment}/delete").status_code == 303
    assert place.read(address).status_code == 404


def test_what_was_removed_can_not_be_put_back_for_ever(place: Place) -> None:
    place.given()
    [removal] = REMOVAL.findall(place.page())
    place.author.post(removal)
    place.sweep(6)
    assert (place.rows(), len(place.on_disk())) == (1, 1)
    place.sweep(8)
    place.sweep(10)
    assert (place.rows(), place.on_disk()) == (0, [])
    assert place.author.post(removal.replace("/remove", "/restore")).status_code == 404


# --- room ---


def test_the_job_edge_sweeps(place: Place) -> None:
    assert "clear files" in make_dispatcher(house_of(place.instance.app)).run_timed()


def test_the_room_is_shown_and_held_to(place: Place) -> None:
    admin = place.browser(place.person("Ines Head", "administrator"))
    assert "0\N{NO-BREAK SPACE}kB of 500\N{NO-BREAK SPACE}kB are used." in admin.get("/settings/").text
    place.given(b"a" * 300_000, "a.txt")
    answer = place.give(b"b" * 300_000, "b.txt", text="Kept as typed")
    assert answer.status_code == 422
    assert "There is no room for this file: 0.3 of 0.5 MB are used." in answer.text
    assert "Kept as typed</textarea>" in answer.text
    place.given(b"a" * 300_000, "the same.txt")
    assert "300\N{NO-BREAK SPACE}kB of 500\N{NO-BREAK SPACE}kB are used." in admin.get("/settings/").text
    [removal, _] = REMOVAL.findall(place.page())
    place.author.post(removal)
    assert "were removed" not in admin.get("/settings/").text, "another still has it"
    [removal] = REMOVAL.findall(place.page())
    place.author.post(removal)
    assert "Of these 300\N{NO-BREAK SPACE}kB were removed" in admin.get("/settings/").text


# --- faults ---


def test_a_full_disk_is_a_sentence_and_loses_no_word(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        answer = place.give(b"%PDF-1.7", text="Three calls")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert "There is no room for files at the moment. Nothing of it was kept; please try again later." in answer.text
    assert "Three calls</textarea>" in answer.text
    assert (place.rows(), place.on_disk()) == (0, [])
    assert place.given(b"%PDF-1.7")


def mounted(folder: Path) -> bool:
    """A disk of a megabyte in the place of the folder, where this machine lets us mount one."""
    folder.mkdir(mode=0o700, parents=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", str(folder)]
    return os.name == "posix" and os.geteuid() == 0 and subprocess.run(words, check=False).returncode == 0


def test_a_disk_that_is_really_full(place: Place) -> None:
    """The same on a real one; elsewhere than on Linux as root, the test above says as much."""
    if not mounted(place.folder):
        pytest.skip("no disk can be mounted here")
    try:
        (place.folder / "ballast").write_bytes(bytes(900_000))
        answer = place.give(os.urandom(5) + b"a" * 250_000, "a.txt", text="Words")
        assert answer.status_code in {422, 503}
        answer = place.give(b"%PDF" + b"a" * 250_000, "a.pdf", text="Three calls")
        assert answer.status_code == 503
        assert "Three calls</textarea>" in answer.text
        assert place.on_disk() == ["ballast"]
        (place.folder / "ballast").unlink()
        assert place.given(b"%PDF-" + b"a" * 250_000)
    finally:
        subprocess.run(["umount", str(place.folder)], check=True)
        with place.instance.scope(place.slug, write=True) as scope:  # what it held has gone with the disk
            scope.db.execute(sa.delete(StoredFile))


def test_a_cut_before_the_commit_leaves_only_what_the_sweep_takes(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(*_given: object) -> None:
        raise SystemExit("killed")

    with monkeypatch.context() as patched:
        patched.setattr("sqlalchemy.orm.Session.commit", cut)
        with pytest.raises(SystemExit):
            place.give(b"%PDF-1.7 cut")
    assert place.rows() == 0
    assert len(place.on_disk()) == 1
    kept = place.given(b"%PDF-1.7 kept")
    place.sweep(2)
    assert len(place.on_disk()) == 1
    assert place.read(kept).data == b"%PDF-1.7 kept"


def test_lost_content_is_a_sentence_and_the_doctor_names_the_partner(place: Place) -> None:
    address = place.given()
    patient = Patient(place.instance.kit)
    assert file_store(patient).status == "ok"
    [name] = place.on_disk()
    [file] = place.folder.rglob(name)
    file.write_bytes(b"half")
    assert str(file_store(patient).message) == f"1 file of {place.slug} is not there, or not whole."
    file.unlink()
    assert file_store(patient).status == "error"
    answer = place.read(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "Files can&#39;t be reached at the moment" in answer.text


def test_the_doctor_says_where_no_file_can_be_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        found = file_store(Patient(place.instance.kit))
    assert (found.status, found.fix is not None) == ("error", True)
    assert "no room" in str(found.message)


def test_files_in_an_object_store_come_through_the_application(
    template: Template, registry: Registry, tmp_path: Path
) -> None:
    with open_bucket() as bucket:
        made = open_instance(
            template.copy(tmp_path), tmp_path, registry, clock=FixedClock(NOW), files="s3://kept/here",
            files_endpoint=bucket.address, files_key=KEY, files_secret="hush",
        )  # fmt: skip
        place = Place(made)
        long = b"%PDF-" + os.urandom(400_000)
        address = place.given(long)
        assert [path.split("/")[1:3] for path in bucket.held] == [["kept", "here"]]
        answer = place.read(address)
        assert (answer.data == long, answer.headers["Content-Length"]) == (True, str(len(long)))
        assert answer.headers["Content-Security-Policy"].startswith("sandbox")
        assert "Location" not in answer.headers
        bucket.failing = 503
        assert place.give(b"%PDF-1.7 other", text="Words").status_code == 503
        assert not place.folder.exists()
        made.kit.engine.dispose()
