"""An instance with little room, and what holds wherever the room ends: nothing is half kept, and all goes on with room.

The room may end after the first form or after some hundreds, as chance has it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment
from systems_changers.infra.away import NO_ROOM
from systems_changers.testing.instance import Browser, Instance
from tests.faults.conftest import SLUG
from tests.faults.trial import times

FAULT = "the disk is full"
OURS = {"Sec-Fetch-Site": "same-origin"}
MOST_FORMS = 800


@dataclass
class Small:
    """An instance with little room, and how to take it away and give it back."""

    instance: Instance
    morag: Browser
    fill_up: Callable[[Random], None]
    make_room: Callable[[], None]

    def send(self, title: str) -> tuple[dict[str, str], Any]:
        """A new idea, long enough to need room; the form and what was answered."""
        idea = {"csrf_token": self.morag.token(), "title": title}
        return idea, self.send_again(idea)

    def send_again(self, idea: dict[str, str]) -> Any:
        """The same form once more."""
        return self.morag.post("/experiments/", idea, token=False, headers=OURS)

    def titles(self) -> list[str | None]:
        """Every idea that is there, the oldest first."""
        with self.instance.scope(SLUG) as scope:
            return list(scope.db.scalars(sa.select(Experiment.title).order_by(Experiment.id)))


def small(instance: Instance, fill_up: Callable[[Random], None], make_room: Callable[[], None]) -> Small:
    """With somebody who writes; the partner is there already, or is made."""
    if SLUG not in instance.partners:
        instance.add_partner("Corra", slug=SLUG)
    return Small(instance, instance.client(SLUG, instance.add_person(SLUG, "Morag", "participant")), fill_up, make_room)


def fills_and_recovers(tried: Small, chance: Random, said: str = str(NO_ROOM)) -> int:
    """Fill it up and make room, as often as this run tries it; answers how many ideas were kept, none half."""
    kept: list[str] = []
    for turn in range(times(FAULT)):
        tried.fill_up(chance)
        refused, answer = _until_full(tried, kept, turn)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert said in answer.text.replace("&#39;", "'")
        assert refused["title"] in answer.text
        assert tried.titles() == kept
        assert tried.morag.get("/experiments/").status_code == 200
        tried.make_room()
        assert tried.send_again(refused).status_code == 303
        kept.append(refused["title"])
        assert tried.titles() == kept
    return len(kept)


def _until_full(tried: Small, kept: list[str], turn: int) -> tuple[dict[str, str], Any]:
    for number in range(MOST_FORMS):
        idea, answer = tried.send(f"Idea {turn}.{number} {'x' * 150}")
        if answer.status_code != 303:
            return idea, answer
        kept.append(idea["title"])
    raise AssertionError("the disk was never full")


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own in a folder, of so many megabytes: where this may be mounted."""
    place = folder / "disk"
    place.mkdir()
    size = f"size={megabytes}m"
    if os.geteuid() != 0 or not _run("mount", "-t", "tmpfs", "-o", size, "tmpfs", str(place)):
        place.rmdir()
        pytest.skip(
            "only root may mount the small disk that this fills; what the server says of a full one is tried everywhere"
        )
    try:
        yield place
    finally:
        _run("umount", "-l", str(place))
        place.rmdir()


def _run(*command: str) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def leave(ballast: Path, chance: Random) -> None:
    """Fill the disk up with a file, all but a few pages."""
    ballast.write_bytes(bytes(all_that_is_left(ballast.parent) - chance.randint(0, 60) * 4096))


def all_that_is_left(folder: Path) -> int:
    """How many bytes the disk still takes."""
    left = os.statvfs(folder)
    return left.f_bavail * left.f_frsize
