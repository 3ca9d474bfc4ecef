"""A file is kept with its row or not at all, shared where it is the same, held to its room, and swept when unwanted."""

from __future__ import annotations

import errno
import io
import os
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments.models import Evidence, Experiment
from systems_changers.core.operations import queries, service
from systems_changers.core.operations.models import StoredFile
from systems_changers.core.operations.queries import FileFacts
from systems_changers.core.operations.service.files import GRACE, UNDO
from systems_changers.core.people.models import Person
from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.files import UNFINISHED, DiskStore, Shelf, StoreFailed, Upload
from systems_changers.infra.identifiers import new_id
from tests.core.instance import Instance
from tests.infra import samples

ROOM = 30_000


@pytest.fixture
def place(instance: Instance, tmp_path: Path) -> Instance:
    """The instance with room for a few small files, at the time by which a disk dates them."""
    instance.clock = FixedClock(datetime.now(UTC))
    instance.shelves = lambda partner_id: Shelf(DiskStore(tmp_path), partner_id, 20_000, ROOM)
    return instance


def upload(content: bytes = b"seen", name: str = "seen.txt") -> Upload:
    return Upload(name, io.BytesIO(content))


def kept(place: Instance, content: bytes = b"seen", name: str = "seen.txt") -> FileFacts:
    found: FileFacts = place.do(service.keep_file, upload(content, name))
    return found


def content_of(place: Instance, facts: FileFacts) -> bytes:
    with place.scope() as scope:
        return b"".join(service.open_file(scope, facts))


def contents(place: Instance) -> set[str]:
    return {each.sha256 for each in place.shelves(place.partner.id).list()}


def rows(place: Instance) -> set[UUID]:
    with place.scope() as scope:
        return set(scope.db.scalars(sa.select(StoredFile.id)))


def point_at(place: Instance, facts: FileFacts) -> UUID:
    """Evidence of somebody's experiment that is this file."""
    id_ = new_id()
    with place.scope(write=True) as scope:
        person = Person(name="Morag")
        scope.db.add(person)
        scope.db.flush()
        experiment = Experiment(author_id=person.id, title="Letter")
        scope.db.add(experiment)
        scope.db.flush()
        scope.db.add(Evidence(id=id_, experiment_id=experiment.id, text="", kind="file", file_id=facts.id))
    return id_


def age(place: Instance, days: float) -> None:
    """Let the files and the clock be so much older: what was put and written now is of days ago."""
    root, past = place.shelves(place.partner.id).store, (datetime.now(UTC) - timedelta(days=days)).timestamp()
    assert isinstance(root, DiskStore)
    for file in root.root.rglob("*"):
        os.utime(file, (past, past))
    with place.scope(write=True) as scope:
        for row in scope.db.scalars(sa.select(StoredFile)):
            row.created_at = datetime.now(UTC) - timedelta(days=days)


def sweep(place: Instance) -> int:
    swept: int = place.do(service.sweep_files)
    return swept


def test_a_file_is_kept_with_what_it_is_and_who_gave_it(place: Instance) -> None:
    with place.scope(write=True) as scope:
        person = Person(name="Morag")
        scope.db.add(person)
        scope.db.flush()
    actor = ActorFacts(new_id(), person.id, "Morag")
    facts = place.do(service.keep_file, upload(samples.picture("PNG"), "Left & right.gif"), actor=actor)
    assert (facts.name, facts.media_type, facts.width, facts.height) == ("Left & right.png", "image/png", 60, 40)
    assert facts.is_picture
    assert facts.size == len(content_of(place, facts))
    with place.scope() as scope:
        row = scope.db.scalars(sa.select(StoredFile)).one()
        assert (row.id, row.sha256, row.size, row.uploaded_by) == (facts.id, facts.sha256, facts.size, person.id)
        assert (row.name, row.created_by) == ("Left & right.png", actor.account_id)
    assert place.audit() == ["file.kept"]


def test_the_same_content_lies_once_under_two_names(place: Instance) -> None:
    one, two = kept(place, name="a.txt"), kept(place, name="b.csv")
    assert (one.sha256, one.name, two.name) == (two.sha256, "a.txt", "b.csv")
    assert one.id != two.id
    assert contents(place) == {one.sha256}
    assert place.see(queries.file_room) == queries.FileRoom(4, ROOM)


def test_another_partner_has_neither_row_nor_content(place: Instance) -> None:
    mine = kept(place)
    with place.scope(at=place.other) as scope, pytest.raises(StoreFailed):
        service.open_file(scope, mine)
    for change in (service.drop_file, service.restore_file):
        with pytest.raises(NotFound):
            place.do(change, mine.id, at=place.other)
    assert place.see(queries.file_room, at=place.other).used == 0
    theirs = place.do(service.keep_file, upload(), at=place.other)
    with place.scope(at=place.other, write=True) as scope:
        scope.files.delete(theirs.sha256)
    assert content_of(place, mine) == b"seen"


def test_room_is_held_to_and_what_is_there_takes_none(place: Instance) -> None:
    first = kept(place, b"a" * 20_000)
    with pytest.raises(Invalid) as refused:
        kept(place, b"b" * 10_001)
    assert refused.value.code == "quota"
    assert "0.02 of 0.03 MB are used" in str(refused.value.message)
    kept(place, b"b" * 10_000)
    assert kept(place, b"a" * 20_000).sha256 == first.sha256
    assert place.see(queries.file_room) == queries.FileRoom(ROOM, ROOM)
    assert len(contents(place)) == 2


def somebody(place: Instance, name: str = "Morag") -> ActorFacts:
    with place.scope(write=True) as scope:
        person = Person(name=name)
        scope.db.add(person)
        scope.db.flush()
    return ActorFacts(new_id(), person.id, name)


def given(place: Instance, actor: ActorFacts, letter: bytes, size: int = 5_000) -> FileFacts:
    found: FileFacts = place.do(service.keep_file, upload(letter * size), actor=actor)
    return found


@pytest.fixture
def narrow(place: Instance, tmp_path: Path) -> Instance:
    """Room for six files of five thousand bytes, two of them of one person."""
    place.shelves = lambda partner_id: Shelf(DiskStore(tmp_path), partner_id, 10_000, ROOM)
    return place


def test_nobody_fills_the_room_of_all(narrow: Instance) -> None:
    morag, kirsty = somebody(narrow), somebody(narrow, "Kirsty")
    for letter in (b"a", b"b"):
        given(narrow, morag, letter)
    with pytest.raises(Invalid) as refused:
        given(narrow, morag, b"c")
    assert refused.value.code == "quota"
    assert "0.01 of 0.01 MB are used" in str(refused.value.message)
    assert narrow.see(queries.file_room, morag.person_id) == queries.FileRoom(10_000, 10_000)
    given(narrow, morag, b"a")
    given(narrow, kirsty, b"c")
    assert narrow.see(queries.file_room) == queries.FileRoom(15_000, ROOM)


def test_who_is_short_of_room_loses_what_they_removed_and_nobody_else_does(narrow: Instance) -> None:
    morag, kirsty = somebody(narrow), somebody(narrow, "Kirsty")
    mine, more, other = given(narrow, morag, b"a"), given(narrow, morag, b"b"), given(narrow, kirsty, b"c")
    seen = point_at(narrow, mine)
    for facts in (mine, other):
        narrow.do(service.drop_file, facts.id)
    new = given(narrow, morag, b"d")
    assert rows(narrow) == {more.id, other.id, new.id}
    assert narrow.audit()[-2:] == ["file.cleared", "file.kept"]
    with narrow.scope() as scope:
        assert scope.db.get(Evidence, (narrow.partner.id, seen)) is None
    narrow.do(service.restore_file, other.id)
    assert content_of(narrow, other) == b"c" * 5_000


def test_removed_files_go_the_first_removed_first_when_all_room_is_short(narrow: Instance) -> None:
    everyone = [somebody(narrow, name) for name in ("Morag", "Kirsty", "Ailsa", "Iain")]
    files = [given(narrow, everyone[number // 2], bytes([97 + number])) for number in range(6)]
    for facts in (files[4], files[0]):
        narrow.later(minutes=1)
        narrow.do(service.drop_file, facts.id)
    new = given(narrow, everyone[3], b"z")
    assert rows(narrow) == {each.id for each in files if each is not files[4]} | {new.id}
    with pytest.raises(Invalid):
        given(narrow, everyone[3], b"y", 5_001)


def test_content_of_cleared_files_goes_when_that_is_certain(narrow: Instance) -> None:
    """What a transaction cleared stays until the next that needs room, because it may yet be undone."""
    morag = somebody(narrow)
    first, second = given(narrow, morag, b"a"), given(narrow, morag, b"b")
    for facts in (first, second):
        narrow.do(service.drop_file, facts.id)
    with narrow.scope(morag, write=True) as scope:
        for letter in (b"c", b"d"):
            service.keep_file(scope, upload(letter * 5_000))
        scope.db.rollback()
    assert content_of(narrow, first) == b"a" * 5_000
    assert content_of(narrow, second) == b"b" * 5_000
    for letter in (b"e", b"f", b"g", b"h"):
        narrow.do(service.drop_file, given(narrow, morag, letter).id)
    assert len(contents(narrow)) <= 4, "only what is named, and what the last one cleared"


def test_a_removed_file_counts_until_it_is_gone(place: Instance) -> None:
    facts, shared = kept(place, b"a" * 20_000), kept(place)
    kept(place)
    place.do(service.drop_file, facts.id)
    place.do(service.drop_file, shared.id)
    assert place.see(queries.file_room) == queries.FileRoom(20_004, ROOM, removed=20_000)
    with pytest.raises(NotFound):
        place.do(service.drop_file, facts.id)
    place.do(service.restore_file, facts.id)
    assert place.see(queries.file_room).removed == 0
    assert place.audit()[-3:] == ["file.removed", "file.removed", "file.restored"]


def test_the_room_is_one_statement(place: Instance) -> None:
    for number in range(5):
        kept(place, str(number).encode())
    with place.scope() as scope, place.counted() as sent:
        queries.file_room(scope)
    assert len(sent) == 1


def test_a_refused_file_leaves_nothing(place: Instance) -> None:
    with pytest.raises(Invalid):
        kept(place, samples.SCRIPT)
    with pytest.raises(Invalid, match=r"larger than 0\.02 MB"):
        kept(place, b"a" * 20_001)
    assert (contents(place), rows(place)) == (set(), set())


def test_a_full_disk_keeps_nothing_and_recovers(place: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreFailed, match="no room"):
            kept(place)
    assert (contents(place), rows(place)) == (set(), set())
    assert content_of(place, kept(place)) == b"seen"


# --- the sweep ---


def test_what_belongs_to_something_stays(place: Instance) -> None:
    facts = kept(place)
    point_at(place, facts)
    age(place, 400)
    assert sweep(place) == 0
    assert content_of(place, facts) == b"seen"
    assert "file.cleared" not in place.audit()


def test_an_upload_that_was_cut_before_its_commit_is_swept(place: Instance) -> None:
    """Killed between content and commit: there is content, and no row."""
    with place.scope() as scope:
        scope.files.put(b"orphan")
    facts = kept(place)
    point_at(place, facts)
    assert sweep(place) == 0, "it may be on its way"
    age(place, GRACE.days + 1)
    assert sweep(place) == 1
    assert contents(place) == {facts.sha256}
    assert place.audit()[-1] == "file.cleared"
    assert sweep(place) == 0


def test_what_interrupted_writing_left_is_swept(place: Instance, tmp_path: Path) -> None:
    left = tmp_path / str(place.partner.id) / "ab" / f"{UNFINISHED}x"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    sweep(place)
    assert left.exists()
    age(place, GRACE.days + 1)
    sweep(place)
    assert not left.exists()


def test_a_row_that_nothing_points_at_goes_and_its_content_the_next_time(place: Instance) -> None:
    lost = kept(place, b"lost")
    age(place, 0.5)
    sweep(place)
    assert rows(place) == {lost.id}
    age(place, GRACE.days + 1)
    assert (sweep(place), rows(place), contents(place)) == (0, set(), {lost.sha256})
    assert (sweep(place), contents(place)) == (1, set())


def test_a_removed_file_goes_with_its_evidence_after_a_week(place: Instance) -> None:
    facts, other = kept(place), kept(place, b"other")
    seen, stays = point_at(place, facts), point_at(place, other)
    place.do(service.drop_file, facts.id)
    age(place, 30)
    sweep(place)
    assert rows(place) == {facts.id, other.id}
    with place.scope(write=True) as scope:
        row = scope.db.get_one(StoredFile, (place.partner.id, facts.id))
        row.deleted_at = datetime.now(UTC) - UNDO - timedelta(minutes=1)
    sweep(place)
    sweep(place)
    assert (rows(place), contents(place)) == ({other.id}, {other.sha256})
    with place.scope() as scope:
        assert set(scope.db.scalars(sa.select(Evidence.id))) & {seen, stays} == {stays}
    with pytest.raises(NotFound):
        place.do(service.restore_file, facts.id)


def test_a_sweep_never_takes_what_an_upload_is_about_to_name(place: Instance) -> None:
    """Old content without a row is uploaded anew while the sweep runs: the row finds its content all the same."""
    shelf, begun, uploaded = place.shelves(place.partner.id), threading.Event(), threading.Event()
    sha256 = shelf.put(b"seen")
    age(place, GRACE.days + 1)
    found: list[FileFacts] = []

    def keep() -> None:
        begun.wait(5)
        found.append(kept(place))
        uploaded.set()

    class Slow(DiskStore):
        def clear_unfinished(self, partner_id: UUID, before: datetime) -> int:
            begun.set()
            assert uploaded.wait(5), "nothing holds the upload up before the sweep has begun to change anything"
            return 0

    thread = threading.Thread(target=keep)
    thread.start()
    assert isinstance(shelf.store, DiskStore)
    slow = Shelf(Slow(shelf.store.root), place.partner.id, 0, 0)
    with place.scope(write=True) as scope:
        assert service.sweep_files(replace(scope, files=slow)) == 0
    thread.join()
    assert [each.sha256 for each in found] == [sha256]
    assert shelf.size(sha256) == 4


def test_uploads_at_a_partner_wait_for_each_other(place: Instance) -> None:
    """Two that fit one by one and not together: only one is kept, however they come."""
    results: list[str] = []
    together = threading.Barrier(2, timeout=10)

    def keep(letter: bytes) -> None:
        together.wait()
        try:
            kept(place, letter * 20_000)
            results.append("kept")
        except Invalid as refused:
            results.append(refused.code)

    threads = [threading.Thread(target=keep, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["kept", "quota"]
    assert place.see(queries.file_room).used == 20_000
