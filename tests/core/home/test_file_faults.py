"""What happens to files when something breaks: full disks, cuts, lost content, a store that is away."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.core.home.service.doctor_working import Patient, file_store
from systems_changers.core.operations.models import StoredFile
from systems_changers.hooks.registry import Registry
from systems_changers.infra.clock import FixedClock
from systems_changers.testing.instance import open_instance
from tests.core.home.filing import NOW, Place, house, place
from tests.infra.bucket import KEY, open_bucket
from tests.instance import Template

__all__ = ["house", "place"]


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
