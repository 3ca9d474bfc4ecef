"""A picture that takes long to unpack is refused before, however small it is and wherever it hides its pieces."""

from __future__ import annotations

import io
import struct
import time

import pytest
from PIL import Image

from systems_changers.infra import images, scans
from systems_changers.infra.errors import Invalid
from tests.infra import samples

QUICK = 0.2
GENEROUS = 3


def gone_over(times: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A photo whose last scan but one stands in it so often again."""
    file = io.BytesIO()
    Image.new("L", size, 128).save(file, "JPEG", progressive=True, quality=50)
    content = file.getvalue()
    begins = [at for at in range(len(content)) if content.startswith(b"\xff\xda", at)]
    start = content.rfind(b"\xff\xc4", 0, begins[-1])
    return content[:-2] + content[start:-2] * times + content[-2:]


def moving(format: str, frames: int) -> bytes:
    file = io.BytesIO()
    each = [Image.new("RGB", (9, 9), (number * 7 % 256, number % 256, 0)) for number in range(frames)]
    each[0].save(file, format, save_all=True, append_images=each[1:])
    return file.getvalue()


def refused(content: bytes) -> str:
    times = []
    for _ in range(3):
        began = time.perf_counter()
        with pytest.raises(Invalid) as found:
            images.made_anew(content)
        times.append(time.perf_counter() - began)
    assert min(times) < QUICK * GENEROUS
    return found.value.code


def test_scans_are_counted() -> None:
    assert scans.scans(samples.picture("JPEG")) == 1
    assert scans.scans(gone_over(0)) == 6
    assert scans.scans(gone_over(40)) == 46
    assert images.made_anew(gone_over(40)).width == 64


def test_what_only_looks_like_a_scan_is_none() -> None:
    """Marks in a comment, and behind the end, where phones put a film."""
    assert scans.scans(samples.picture("JPEG", comment=b"\xff\xda\x00\x02" * 100)) == 1
    assert scans.scans(samples.picture("JPEG") + b"\xff\xda\x00\x02" * 100) == 1


@pytest.mark.parametrize("content", [
    gone_over(70), gone_over(100_000),
    b"\xff\xd8\xff" + b"\xfe\x00\x02\xff" * 2_000_000 + gone_over(0)[2:],
    b"\xff\xd8" + b"\xff" * 19_000_000 + gone_over(0)[2:],
    gone_over(0)[:-2] + b"\xff\x00" * 9_000_000 + b"\xff\xd9",
    b"\xff\xd8\xff\xfe\x00\x02" + b"a" * 9_000_000 + gone_over(0)[2:],
    samples.png_of(9, 9, samples.png_chunk(b"tEXt", b"a\0b") * 1_000_000),
    samples.png_of(9, 9, samples.png_chunk(b"fcTL", bytes(26)) * 3_000),
    b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b"!\xfe\x01a\x00" * 3_000_000 + b"," + bytes(20),
    b"GIF89a" + struct.pack("<HHBBB", 9, 9, 0, 0, 0) + b"!\xfe" + (b"\xff" + b"a" * 255) * 70_000 + b"\x00,",
    b"RIFF" + struct.pack("<I", 9_000_000) + b"WEBP" + (b"ANMF" + struct.pack("<I", 0)) * 3_000,
])  # fmt: skip
def test_many_pieces_are_refused_at_once(content: bytes) -> None:
    assert refused(content) == "unreadable_file"


def test_a_huge_photo_may_be_gone_over_less_often() -> None:
    assert refused(gone_over(20, (8000, 8000))) == "file_too_large"


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP"])
def test_of_a_moving_picture_the_first_frame_alone_is_unpacked(format: str) -> None:
    content = moving(format, 30)
    assert scans.frames(content) == (1 if format == "GIF" else 30)
    kept = images.made_anew(content[: len(content) * 2 // 3] if format == "GIF" else content)
    assert (kept.width, kept.height) == (9, 9)
