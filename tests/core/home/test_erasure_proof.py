"""Whoever is erased is nowhere: the dump, the bytes of every file and the log are searched for every word of theirs.

Everything that is held comes out before: every personal column of the kit and of both partners' plugins.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.core.cohorts.models import Cohort
from systems_changers.core.home.service import data_subjects, erasing, holdings, own_data
from systems_changers.core.operations.models import StoredFile
from systems_changers.hooks.facts import ANYONE
from systems_changers.infra.db import Base, Nobody
from systems_changers.infra.log import set_up_log
from systems_changers.infra.mail import PARTNER_HEADER, Mailbox
from systems_changers.infra.subjects import is_secret, personal_columns
from systems_changers.testing.instance import Instance, no_links
from systems_changers.web.standalone import render_standalone
from tests.core.home.held import CONTENT, EMAIL, NAME, Held, filled


@pytest.fixture
def held(instance: Instance) -> Iterator[Held]:
    made = filled(instance)
    yield made
    made.owner.dispose()


def test_every_personal_column_comes_out(held: Held, tmp_path: Path) -> None:
    """All of them, whatever table is added next; of secrets only that they are held."""
    with held.instance.scope("harbour", write=True) as scope:
        row = scope.db.scalars(sa.select(Cohort)).one()
        row.safeguarding_name, row.safeguarding_contact = NAME, EMAIL
    found = own_data.export_person(held.instance.kit, "harbour", EMAIL, tmp_path / "held.zip", render_standalone)
    assert [each.key for each in found.sections if each.key.endswith(".words")] == []
    with held.instance.scope("harbour", write=True) as scope:
        handed = holdings.gather(scope, data_subjects.person_with(scope, EMAIL), account=False)
    written = {each.key: {"rows": each.rows} for each in handed.sections if each.key.endswith(".words")}
    with zipfile.ZipFile(tmp_path / "held.zip") as archive:
        told, page = json.loads(archive.read("data.json")), archive.read("index.html").decode()
    sections = {each["key"]: each for each in told["sections"]} | written
    assert {row["values"] for row in sections["outbox_mail"]["rows"]} == {"(held, and shown to nobody)"}
    missing = []
    for table in Base.metadata.sorted_tables:
        named = isinstance(table.info.get("subject"), Nobody)
        rows = sections.get(f"{table.name}.words" if named else table.name, {"rows": []})["rows"]
        for column in personal_columns(table):
            texts = [json.dumps(row.get(column.name), ensure_ascii=False) for row in rows if column.name in row]
            word = held.words.get((table.name, column.name), "")
            if (table.name, column.name) == ("outbox_mail", "values"):
                assert word not in page
                continue
            if not any(word in text for text in texts):
                missing.append(f"{table.name}.{column.name}")
            if not (named or is_secret(column)) and word:
                assert word in page
    assert missing == []
    assert sections["account"]["rows"][0]["password_hash"] == "(held, and shown to nobody)"


def test_nothing_of_an_erased_person_is_left(
    held: Held, tmp_path: Path, capfd: pytest.CaptureFixture[str], database_kind: str
) -> None:
    """In the whole database, in every file of the data folder (SQLite's and its log's among them), and in the log."""
    box, message = Mailbox(tmp_path / "mailbox"), EmailMessage()
    message["To"], message["Subject"] = f"{NAME} <{EMAIL}>", "Welcome"
    message[PARTNER_HEADER] = str(held.partner.id)
    message.set_content("Come in.")
    box.keep(message)
    assert len(held.found()) > 30, "it was there before"
    assert any(each.startswith(CONTENT) for each in held.in_files(tmp_path))
    assert held.in_files(tmp_path) or database_kind == "postgresql"
    set_up_log()
    own_data.erase_person(held.instance.kit, "harbour", EMAIL)
    said = "".join(capfd.readouterr()).lower()
    assert held.found() == []
    assert held.in_files(tmp_path) == []
    assert [word for word in held.strings() if word.lower() in said] == []


def test_her_files_come_out_and_what_somebody_else_gave_too_stays(held: Held, tmp_path: Path) -> None:
    with held.instance.scope("harbour", write=True) as scope:
        other = scope.files.put(b"somebody else gave this too")
        for name, person_id in (("same.pdf", held.person_id), ("../Same.pdf", held.person_id), ("theirs.pdf", None)):
            scope.db.add(StoredFile(sha256=other, size=27, media_type="x", name=name, uploaded_by=person_id))
        scope.db.add(StoredFile(sha256="0" * 64, size=1, media_type="x", name="lost", uploaded_by=held.person_id))
    own_data.export_person(held.instance.kit, "harbour", EMAIL, tmp_path / "held.zip", render_standalone)
    with zipfile.ZipFile(tmp_path / "held.zip") as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}
    assert files.pop(f"files/{held.words['stored_file', 'name']}") == CONTENT.encode()
    assert files == dict.fromkeys(("files/same.pdf", "files/_Same.pdf"), b"somebody else gave this too")
    own_data.erase_person(held.instance.kit, "harbour", EMAIL)
    with held.instance.scope("harbour") as scope:
        assert [each.sha256 for each in scope.files.list()] == [other]
        assert scope.db.scalars(sa.select(StoredFile.name)).all() == ["theirs.pdf"]


def test_what_was_not_committed_leaves_her_files(held: Held, tmp_path: Path) -> None:
    with held.instance.kit.scope(held.partner, ANYONE, links=no_links, write=True) as scope:
        erasing.erase(scope, data_subjects.person_with(scope, EMAIL))
        scope.db.rollback()
    assert any(each.startswith(CONTENT) for each in held.in_files(tmp_path))


def test_figures_and_sealed_records_stay(held: Held) -> None:
    before = held.dump()
    plan = own_data.erase_person(held.instance.kit, "harbour", EMAIL)
    after = held.dump()
    for name in ("session_record", "summary_fact", "record_correction", "audit_event"):
        assert [row for row in before[name] if row not in after[name]] == [], name
    kept = ("cohort_person", "attendance", "experiment", "experiment_step", "subject_request")
    assert {name: len(after[name]) for name in kept} == dict.fromkeys(kept, 1)
    assert after["attendance"][0]["state"] == before["attendance"][0]["state"]
    assert after["cohort_person"][0]["person_id"] == held.person_id
    gone = ("evidence", "experiment_owner", "experiment_share", "outbox_mail", "token", "sign_in_session")
    assert {name: len(after[name]) for name in gone} == dict.fromkeys(gone, 0)
    assert [row["id"] for row in after["account"] if row["id"] == held.account_id] == []
    (person,) = [row for row in after["person"] if row["id"] == held.person_id]
    assert (person["name"], person["email"], person["account_id"], person["deleted_at"] is None) == (
        "(erased)", None, None, False,
    )  # fmt: skip
    told = {(line.does, str(line.title)): line.count for line in plan.lines}
    assert told["stays", "Sealed records of sessions"] == 1
    assert told["stays", "Figures that were counted"] == 1
    assert told["kept", "Registers"] == 1
