"""The demo: whole or not there at all, and nowhere but in a demo."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from systems_changers.core.home.service import demo, demo_people
from systems_changers.core.home.service.instance import FirstAnswers, make_real
from systems_changers.core.operations.queries import instance_is_demo
from systems_changers.core.operations.service import FaultBook
from systems_changers.core.people.models import Account, SignInSession
from systems_changers.core.people.queries import hash_secret
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import open_kit
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.scope import OperatorScope
from systems_changers.infra.clock import FixedClock
from systems_changers.infra.errors import NotFound, Refused
from systems_changers.testing.instance import Instance, no_links
from tests.core.home.conftest import NOW, Told

# --- a folder of its own ---


def test_a_second_start_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    said: list[str] = []
    assert demo.ensure_demo(folder, said.append, clock=FixedClock(NOW))
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    assert set(before) == {"DEMO", "secret.key", "systems-changers.db"}
    assert not demo.ensure_demo(folder, said.append)
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before
    assert len(said) == 4


def test_another_edition_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "demo"
    said: list[str] = []
    folder.mkdir()
    (folder / "DEMO").write_text("of long ago", "utf-8")
    (folder / "secret.key").write_text("k" * 60, "utf-8")
    monkeypatch.setattr(demo, "furnish", lambda *_: None)
    assert demo.ensure_demo(folder, said.append)
    assert "another edition" in said[0]
    assert not demo.ensure_demo(folder, said.append)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["demo"]


def test_killed_in_the_middle_nothing_is_left(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from systems_changers.core.home.service import demo\n"
        "def say(line):\n"
        "    if line.startswith('  Corra'): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"demo.ensure_demo(Path({str(tmp_path / 'demo')!r}), say)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "demo").exists()
    assert (tmp_path / "demo.making").is_dir()
    assert demo.ensure_demo(tmp_path / "demo", lambda _line: None)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["demo"]


def test_a_demo_never_becomes_real_nor_a_real_one_a_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = FirstAnswers("Ours", "Ada", "ada@example.org")
    monkeypatch.setattr(demo, "furnish", lambda *_: None)
    demo.ensure_demo(tmp_path / "demo", lambda _line: None)
    with pytest.raises(Refused) as refused:
        make_real(tmp_path / "demo", answers, {})
    assert refused.value.code == "demo_folder"
    make_real(tmp_path / "real", answers, {})
    before = (tmp_path / "real" / "secret.key").read_bytes()
    with pytest.raises(Refused) as refused:
        demo.ensure_demo(tmp_path / "real", lambda _line: None)
    assert refused.value.code == "instance_exists"
    assert (tmp_path / "real" / "secret.key").read_bytes() == before


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", "utf-8")
    with pytest.raises(Refused) as refused:
        demo.ensure_demo(tmp_path, lambda _line: None)
    assert refused.value.code == "folder_in_use"
    assert (tmp_path / "letter.txt").read_text("utf-8") == "mine"


def test_a_demo_keeps_its_data_in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMS_CHANGERS_DATABASE", "postgresql://somewhere/else")
    with pytest.raises(Refused) as refused:
        demo.ensure_demo(tmp_path / "demo", lambda _line: None)
    assert refused.value.code == "demo_database"
    assert not (tmp_path / "demo").exists()


# --- coming in ---


@pytest.mark.parametrize("card", demo_people.PEOPLE, ids=lambda card: card.key)
def test_every_card_comes_in(story: Told, registry: Registry, card: demo_people.DemoCard) -> None:
    with opened(story, registry) as scope:
        secret, path = demo.come_in(scope, card.key, host="127.0.0.1:8765")
        session = scope.db.scalar(sa.select(SignInSession).where(SignInSession.secret_hash == hash_secret(secret)))
        assert session is not None
        assert session.host == "127.0.0.1"
        account = scope.db.get_one(Account, session.account_id)
        assert account.email == card.email
        assert account.is_operator is (card.key == "gwen")
        assert account.password_hash is None
    assert path == f"/p/{card.partner}{card.path}"


def test_nobody_else_comes_in(story: Told, registry: Registry) -> None:
    with opened(story, registry) as scope, pytest.raises(NotFound):
        demo.come_in(scope, "somebody", host="127.0.0.1")


def test_nobody_comes_into_a_real_instance(instance: Instance) -> None:
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.add(Account(email="morag.macaskill@corra.example"))
        scope.db.flush()
        assert not instance_is_demo(scope)
        with pytest.raises(NotFound):
            demo.come_in(scope, "morag", host="127.0.0.1")


def test_the_brands_stand_side_by_side(story: Told, registry: Registry) -> None:
    with opened(story, registry) as scope:
        assert instance_is_demo(scope)
        shown = demo.brands(scope)
    assert [each.slug for each in shown] == ["corra-scotland", "childrens-society", "south-east"]
    assert all(each.css.startswith(f"#brand-{each.slug} {{ --brand-main:") for each in shown)
    assert ":root" not in "".join(each.css for each in shown)
    assert len({each.brand.light.main for each in shown}) == 3


@contextmanager
def opened(told: Told, registry: Registry) -> Iterator[OperatorScope]:
    """A write scope outside any partner that is rolled back at the end."""
    kit = open_kit(told.settings, FaultBook(), clock=FixedClock(NOW), registry=registry)
    try:
        with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
            yield scope
    finally:
        kit.engine.dispose()
