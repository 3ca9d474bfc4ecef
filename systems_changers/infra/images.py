"""Makes a picture anew from its pixels, so that nothing else in its file survives: no place, no device, no hidden part.

Its size in pixels, and how often they are gone over, is judged before they are unpacked. A larger one than a screen can
use is made smaller; of a moving picture the first frame is kept. One is unpacked at a time, because each may take some
hundred megabytes.
"""

from __future__ import annotations

import io
import struct
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems_changers.infra.errors import Invalid
from systems_changers.infra.scans import MOST_SCANS, scans
from systems_changers.infra.text import msg

if TYPE_CHECKING:
    from PIL.Image import Image

SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS, MOST_PHOTO_PIXELS = 25_000_000, 64_000_000
MOST_WORK = 16 * MOST_PHOTO_PIXELS
"""Pixels times scans: a camera's photo has a dozen scans at most, and each goes over every pixel."""
LONGEST_SIDE = 2560
QUALITY = 85
PHOTOS = frozenset({"JPEG", "MPO"})
_DAMAGED = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, MemoryError, OverflowError, struct.error,
)  # fmt: skip
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made anew; `media_type` is image/jpeg or image/png."""

    content: bytes
    media_type: str
    width: int
    height: int


def is_picture(content: bytes) -> bool:
    """Whether it begins as one of the pictures that are taken."""
    return content.startswith(SIGNATURES) or (content[:4] == b"RIFF" and content[8:12] == b"WEBP")


def made_anew(content: bytes) -> Picture:
    """The picture in these bytes, upright, at most 2560 pixels on a side.

    PNG where it was PNG or GIF or can be seen through, else JPEG. Raises Invalid (unreadable_file, file_too_large).
    """
    from PIL import Image  # slow: only where a picture comes in

    doubts = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    passes = scans(content)
    if passes > MOST_SCANS:
        raise _damaged()
    with _turn:
        try:
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                _refuse_bomb(opened.size, opened.format or "", passes)
                return _saved(_upright(opened), opened.format or "")
        except doubts:
            raise _too_many_pixels() from None
        except _DAMAGED:
            raise _damaged() from None


def _damaged() -> Invalid:
    advice = msg("This picture is damaged: save it anew as JPEG or PNG, then choose that file.")
    return Invalid(advice, code="unreadable_file")


def _refuse_bomb(size: tuple[int, int], format: str, passes: int) -> None:
    pixels = size[0] * size[1]
    if pixels > (MOST_PHOTO_PIXELS if format in PHOTOS else MOST_PIXELS) or pixels * passes > MOST_WORK:
        raise _too_many_pixels()


def _too_many_pixels() -> Invalid:
    return Invalid(msg("This picture has too many pixels: make it smaller, then choose it again."),
                   code="file_too_large")  # fmt: skip


def _upright(opened: Image) -> Image:
    """Unpacked, no larger than needed, turned as its camera was, and in colours that every browser shows."""
    opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a photo is unpacked at a half or less where that is enough
    opened.load()
    plain = _in_plain_colours(opened)
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _turned(plain)


def _turned(image: Image) -> Image:
    from PIL import ImageOps  # slow: as above

    try:
        return ImageOps.exif_transpose(image)
    except _DAMAGED:  # whatever a camera wrote beside it, the picture is kept as it lies
        return image


def _in_plain_colours(image: Image) -> Image:
    if image.mode.startswith("I;16"):  # sixteen bits of grey, which converting would cut off instead of scale
        return image.point(lambda value: value / 256).convert("L")
    seen_through = image.mode in {"RGBA", "LA", "PA", "La", "RGBa"} or "transparency" in image.info
    wanted = "RGBA" if seen_through else "L" if image.mode in {"1", "L"} else "RGB"
    made = image if image.mode == wanted else image.convert(wanted)
    made.info = {name: value for name, value in image.info.items() if name == "exif"}  # its turn is read from there
    return made


def _saved(image: Image, format: str) -> Picture:
    """From the pixels alone: a new image carries none of what the old one knew."""
    import PIL.Image  # slow: as above

    bare = PIL.Image.new(image.mode, image.size)
    bare.paste(image)
    lossless = format in {"PNG", "GIF"} or image.mode == "RGBA"
    made = io.BytesIO()
    if lossless:
        bare.save(made, "PNG")
    else:
        bare.save(made, "JPEG", quality=QUALITY)
    return Picture(made.getvalue(), "image/png" if lossless else "image/jpeg", *bare.size)
