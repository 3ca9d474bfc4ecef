"""Files end to end: given as evidence, read by whoever may read the evidence, served apart, and gone when it goes."""

from __future__ import annotations

import io
import re
import threading

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import FileStorage

from systems_changers.app import house_of, make_dispatcher
from systems_changers.core.experiments.models import Evidence
from systems_changers.core.operations.models import StoredFile
from systems_changers.infra import images
from systems_changers.infra.identifiers import new_id
from tests.core.home.filing import REMOVAL, Place, house, place
from tests.infra import samples
from tests.statements import statements

__all__ = ["house", "place"]
APART = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "same-origin",
}


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
    assert "There is no room for this file: 0.3 of 0.3 MB are used." in answer.text
    assert "Kept as typed</textarea>" in answer.text
    place.given(b"a" * 300_000, "the same.txt")
    assert "300\N{NO-BREAK SPACE}kB of 500\N{NO-BREAK SPACE}kB are used." in admin.get("/settings/").text
    [removal, _] = REMOVAL.findall(place.page())
    place.author.post(removal)
    assert "were removed" not in admin.get("/settings/").text, "another still has it"
    [removal] = REMOVAL.findall(place.page())
    place.author.post(removal)
    assert "Of these 300\N{NO-BREAK SPACE}kB were removed" in admin.get("/settings/").text


def test_a_file_is_judged_while_nobody_waits(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a picture is unpacked, others here and elsewhere write."""
    made_anew, written = images.made_anew, []

    def slowly(content: bytes) -> images.Picture:
        for slug in (place.slug, place.elsewhere):
            writing = threading.Thread(target=lambda slug=slug: written.append(place.person("Morag", slug=slug)))
            writing.start()
            writing.join(3)
        assert len(written) == 2, "a transaction was open"
        return made_anew(content)

    monkeypatch.setattr(images, "made_anew", slowly)
    assert place.give(samples.picture(), "seen.jpg").status_code == 303
    assert place.rows() == 1


def test_nothing_is_unpacked_for_who_may_not_send_it(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[bytes] = []

    def noted(content: bytes) -> images.Picture:
        unpacked.append(content)
        raise AssertionError

    monkeypatch.setattr(images, "made_anew", noted)
    path = f"/p/{place.slug}/experiments/{place.experiment}/evidence"
    for somebody in (place.instance.client(place.slug), place.author):
        answers = {"tells": "grow", "file": FileStorage(io.BytesIO(samples.picture()), "a.jpg")}
        assert somebody.client.post(path, data=answers, base_url="http://127.0.0.1").status_code in {400, 403}
    assert (unpacked, place.rows()) == ([], 0)


def test_a_file_in_another_field_is_not_unpacked(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(images, "made_anew")
    photo = FileStorage(io.BytesIO(samples.picture()), "a.jpg")
    assert place.give(b"%PDF-1.7", photo=photo).status_code in {303, 422}
