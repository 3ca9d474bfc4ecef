"""A log in files by day: every line whole, several writers, an end to its size, and an end to its time."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.log_files import LogFile

DAY = date(2026, 3, 12)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_a_day_is_a_file_that_others_cannot_read(tmp_path: Path) -> None:
    days = [DAY]
    file = LogFile(tmp_path / "kit.log", 2, today=lambda: days[0])
    for number in range(3):
        file.write(f"day {number}\n")
        days[0] += timedelta(days=1)
    file.close()
    assert names(tmp_path) == ["kit-2026-03-13.log", "kit-2026-03-14.log"]
    assert (tmp_path / "kit-2026-03-14.log").read_text() == "day 2\n"
    assert (tmp_path / "kit-2026-03-14.log").stat().st_mode & 0o077 == 0


def test_what_is_full_is_gone_on_with_and_others_files_stay(tmp_path: Path) -> None:
    (tmp_path / "kit-2020-01-01.txt").write_text("not ours")
    (tmp_path / "kit-2020-01-01.log").write_text("ours, and old")
    (tmp_path / "kit-2020-01-01.3.log").write_text("ours, and old")
    file = LogFile(tmp_path / "kit.log", 30, most=1000, today=lambda: DAY)
    lines = [f"{number:03} {'x' * 45}\n" for number in range(100)]
    for line in lines:
        file.write(line)
    file.close()
    parts = [each for each in tmp_path.iterdir() if each.suffix == ".log"]
    assert len(parts) > 3
    assert all(part.stat().st_size < 1500 for part in parts)
    assert sorted("".join(part.read_text() for part in parts).splitlines(keepends=True)) == lines
    assert (tmp_path / "kit-2020-01-01.txt").exists()
    assert not (tmp_path / "kit-2020-01-01.log").exists()
    assert not (tmp_path / "kit-2020-01-01.3.log").exists()


WRITING = """
import sys
from pathlib import Path
from systems_changers.infra.log_files import LogFile
file = LogFile(Path(sys.argv[1]), 30, most=20000)
for number in range(500):
    file.write(f'{{"who": "{sys.argv[2]}", "number": {number}}}\\n')
"""


def test_several_processes_lose_no_line(tmp_path: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", WRITING, str(tmp_path / "kit.log"), who])
               for who in "abc"]  # fmt: skip
    assert [each.wait(timeout=60) for each in running] == [0, 0, 0]
    lines = [json.loads(line) for part in tmp_path.iterdir() for line in part.read_text().splitlines()]
    assert sorted((line["who"], line["number"]) for line in lines) == [(w, n) for w in "abc" for n in range(500)]


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="can't be written: No such file"):
        LogFile(tmp_path / "gone" / "kit.log", 30)


def test_a_disk_that_fills_up_stops_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = [DAY]
    file = LogFile(tmp_path / "logs.log", 30, today=lambda: days[0])
    file.close()
    file.write("still told\n")
    assert capsys.readouterr().err == "still told\n"


def test_a_file_is_let_go_of_once(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "kit.log", 2, today=lambda: DAY)
    file.write("kept\n")
    file.close()
    file.close()
    assert (tmp_path / "kit-2026-03-12.log").read_text() == "kept\n"
