"""Both stores keep what they are given whole, each partner's apart, and fail with a sentence that leaves nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.files import (
    NO_FILES,
    NO_ROOM,
    UNFINISHED,
    DiskStore,
    FileStore,
    Shelf,
    StoreFailed,
)
from systems_changers.infra.object_store import ObjectStore
from systems_changers.infra.settings import Settings, refuse_unsafe
from systems_changers.infra.shelves import shelf_of, store_of
from tests.infra.bucket import KEY, Bucket, open_bucket

ONE, TWO = UUID(int=1), UUID(int=2)
SHA = hashlib.sha256(b"seen").hexdigest()


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with open_bucket() as made:
        yield made


def in_bucket(folder: Path, bucket: Bucket) -> Settings:
    place = "s3://kept/here"
    return Settings(data=folder, files=place, files_endpoint=bucket.address, files_key=KEY, files_secret="hush")


@pytest.fixture(params=["disk", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "disk":
        return store_of(Settings(data=tmp_path))
    return store_of(in_bucket(tmp_path, request.getfixturevalue("bucket")))


def test_what_was_put_is_there_for_its_partner_alone(store: FileStore) -> None:
    mine, theirs = Shelf(store, ONE, 10, 10), Shelf(store, TWO, 10, 10)
    before = datetime.now(UTC) - timedelta(seconds=2)
    assert mine.put(b"seen") == SHA
    assert mine.put(b"seen") == SHA
    assert b"".join(mine.open(SHA)) == b"seen"
    assert (mine.size(SHA), theirs.size(SHA)) == (4, None)
    [kept] = mine.list()
    assert (kept.sha256, kept.size) == (SHA, 4)
    assert before < kept.at < datetime.now(UTC) + timedelta(seconds=2)
    assert list(theirs.list()) == []
    with pytest.raises(StoreFailed):
        theirs.open(SHA)
    theirs.delete(SHA)
    assert mine.size(SHA) == 4
    mine.delete(SHA)
    mine.delete(SHA)
    assert mine.size(SHA) is None


def test_many_are_listed_and_long_ones_come_in_chunks(store: FileStore) -> None:
    shelf = Shelf(store, ONE, 10, 10)
    long = os.urandom(700_000)
    kept = {shelf.put(content) for content in (b"1", b"2", b"3", b"4", b"", long)}
    assert {each.sha256 for each in shelf.list()} == kept
    chunks = list(shelf.open(hashlib.sha256(long).hexdigest()))
    assert len(chunks) > 1
    assert b"".join(chunks) == long


def test_it_can_be_tried_out_and_leaves_nothing(store: FileStore) -> None:
    store.try_out()
    assert list(store.list(ONE)) == []


@pytest.mark.parametrize("address", ["", "../../secret.key", SHA.upper(), SHA + "\n"])
def test_only_an_address_leads_anywhere(store: FileStore, address: str) -> None:
    with pytest.raises(ValueError):
        store.open(ONE, address)


# --- the disk ---


def everything(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX's")
def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    shelf_of(Settings(data=tmp_path), ONE).put(b"seen")
    place = tmp_path / "files" / str(ONE) / SHA[:2] / SHA
    assert place.read_bytes() == b"seen"
    assert place.stat().st_mode & 0o777 == 0o600
    assert {folder.stat().st_mode & 0o777 for folder in list(place.parents)[:3]} == {0o700}


def test_half_a_file_under_the_name_is_written_again(tmp_path: Path) -> None:
    shelf = Shelf(DiskStore(tmp_path), ONE, 10, 10)
    shelf.put(b"seen")
    (tmp_path / str(ONE) / SHA[:2] / SHA).write_bytes(b"se")
    shelf.put(b"seen")
    assert b"".join(shelf.open(SHA)) == b"seen"


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "no_room"), (errno.EIO, "file_store")])
@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_full_disk_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str, failing: str
) -> None:
    def fail(*_given: object) -> None:
        raise OSError(number, os.strerror(number))

    store = DiskStore(tmp_path)
    store.put(ONE, SHA, b"seen")
    store.delete(ONE, SHA)
    with monkeypatch.context() as patched:
        patched.setattr(os if failing == "fsync" else Path, failing, fail)
        with pytest.raises(StoreFailed) as failed:
            store.put(ONE, SHA, b"seen")
    assert failed.value.code == code
    assert (failed.value.message == NO_ROOM) is (code == "no_room")
    assert everything(tmp_path) == []
    store.put(ONE, SHA, b"seen")
    assert store.size(ONE, SHA) == 4


WRITER = """
import os, sys
from pathlib import Path
from uuid import UUID
from systems_changers.infra.files import DiskStore, Shelf
shelf = Shelf(DiskStore(Path(sys.argv[1])), UUID(int=1), 0, 0)
print("ready", flush=True)
number = 0
while True:
    number += 1
    print(shelf.put(str(number).encode() * 200_000), flush=True)
"""


def killed_after(wait: float, root: Path) -> list[str]:
    """What a writer had acknowledged when it was killed."""
    words = [sys.executable, "-c", WRITER, str(root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(wait)
        writer.send_signal(signal.SIGKILL)
        return writer.stdout.read().split("\n")[:-1]


def test_a_kill_leaves_whole_files_and_pieces_that_are_cleared(tmp_path: Path) -> None:
    """What was acknowledged is there; what is there is what its address says; the rest is known by its name."""
    for wait in (0.02, 0.05, 0.09):
        told = killed_after(wait, tmp_path)
        store = DiskStore(tmp_path)
        kept = list(store.list(ONE))
        assert set(told) <= {each.sha256 for each in kept}
        for each in kept:
            assert hashlib.sha256(b"".join(store.open(ONE, each.sha256))).hexdigest() == each.sha256
    folder = tmp_path / str(ONE) / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{UNFINISHED}x").write_bytes(b"half")
    assert store.clear_unfinished(ONE, datetime.now(UTC) - timedelta(hours=1)) == 0
    assert store.clear_unfinished(ONE, datetime.now(UTC) + timedelta(hours=1)) >= 1
    assert [name for name in everything(tmp_path) if UNFINISHED in name] == []
    assert {each.sha256 for each in store.list(ONE)} == {each.sha256 for each in kept}


def test_a_scope_without_files_holds_none() -> None:
    assert (NO_FILES.most, NO_FILES.quota, NO_FILES.size(SHA), list(NO_FILES.list())) == (0, 0, None, [])
    with pytest.raises(StoreFailed):
        NO_FILES.put(b"seen")


# --- the object store ---


def test_objects_lie_under_the_prefix_as_on_disk(tmp_path: Path, bucket: Bucket) -> None:
    shelf_of(in_bucket(tmp_path, bucket), ONE).put(b"seen")
    assert list(bucket.held) == [f"/kept/here/{ONE}/{SHA[:2]}/{SHA}"]
    assert not (tmp_path / "files").exists()


def test_what_is_there_is_not_sent_again(tmp_path: Path, bucket: Bucket) -> None:
    shelf = shelf_of(in_bucket(tmp_path, bucket), ONE)
    shelf.put(b"seen")
    shelf.put(b"seen")
    assert [each.split()[0] for each in bucket.asked] == ["HEAD", "PUT", "HEAD"]


def test_trouble_at_the_store_is_a_sentence_and_it_recovers(tmp_path: Path, bucket: Bucket) -> None:
    store = ObjectStore(in_bucket(tmp_path, bucket))
    bucket.failing = 503
    with pytest.raises(StoreFailed) as failed:
        store.put(ONE, SHA, b"seen")
    assert failed.value.code == "file_store"
    assert "later" in str(failed.value.message)
    assert bucket.held == {}
    bucket.failing = 0
    store.put(ONE, SHA, b"seen")
    assert store.size(ONE, SHA) == 4


def test_a_wrong_key_and_a_store_that_is_away_fail(tmp_path: Path, bucket: Bucket) -> None:
    right = in_bucket(tmp_path, bucket)
    for wrong in (replace(right, files_key="no"), replace(right, files_endpoint="http://127.0.0.1:1")):
        with pytest.raises(StoreFailed):
            ObjectStore(wrong).try_out()
    assert bucket.held == {}
    assert ObjectStore(in_bucket(tmp_path, bucket)).clear_unfinished(ONE, datetime.now(UTC)) == 0


@pytest.mark.parametrize(("files", "endpoint"), [("kept", ""), ("s3:///kept", ""), ("s3://kept", "http://a.example")])
def test_an_unsafe_store_does_not_start(tmp_path: Path, files: str, endpoint: str) -> None:
    settings = Settings(data=tmp_path, secret_key="k" * 40, files=files, files_endpoint=endpoint)
    with pytest.raises(Misconfigured) as refused:
        refuse_unsafe(settings)
    assert ("https address" if endpoint else "s3://bucket/prefix") in str(refused.value)
    refuse_unsafe(replace(settings, files="s3://kept", files_endpoint="https://a.example"))


def test_what_else_lies_in_the_bucket_is_no_file(tmp_path: Path, bucket: Bucket) -> None:
    store = ObjectStore(in_bucket(tmp_path, bucket))
    store.put(ONE, SHA, b"seen")
    bucket.held[f"/kept/here/{ONE}/{SHA[:2]}/notes.txt"] = (b"mine", datetime.now(UTC))
    assert [(each.sha256, each.size) for each in store.list(ONE)] == [(SHA, 4)]


def test_without_an_endpoint_it_is_amazon_s(tmp_path: Path) -> None:
    told = ObjectStore(Settings(data=tmp_path, files="s3://kept/here", files_region="eu-west-2"))._bucket
    assert (told.config.get("endpoint"), told.config["region"], told.prefix) == (None, "eu-west-2", "here")


def test_without_its_library_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(Misconfigured) as refused:
        ObjectStore(Settings(data=tmp_path, files="s3://kept"))._bucket  # noqa: B018 - opening it is what fails
    assert "systems-changers[s3]" in str(refused.value)
