"""README.md's picture: its script runs, and what is kept in the repository is a real picture of the size it says."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "pictures" / "cohort.png"
MOST_BYTES = 200_000


def size(picture: Path) -> tuple[int, int]:
    """A PNG's width and height."""
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def different_bytes(picture: Path) -> int:
    """How many values its unpacked rows hold: a blank one has a handful."""
    data, at, packed = picture.read_bytes(), 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        packed += data[at + 8 : at + 8 + length] if data[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    return len(set(zlib.decompress(packed)))


def test_the_picture_that_is_kept() -> None:
    assert size(PICTURE) == (1440, 960)
    assert PICTURE.stat().st_size < MOST_BYTES
    assert different_bytes(PICTURE) > 100


def test_its_script_runs(browser_path: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.png"
    environment = {**os.environ, "SC_BROWSER": str(browser_path)}
    command = [sys.executable, "-m", "docs.pictures.make", str(made)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, env=environment, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert size(made) == (1440, 960)
    assert different_bytes(made) > 100


def test_a_blank_picture_is_told_apart(tmp_path: Path) -> None:
    rows = zlib.compress(b"\x00" * 50)
    blank = tmp_path / "blank.png"
    chunk = struct.pack(">I", len(rows)) + b"IDAT" + rows + b"\x00" * 4
    blank.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk)
    assert different_bytes(blank) == 1
