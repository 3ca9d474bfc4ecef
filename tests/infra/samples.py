"""Files as people send them, and as somebody with bad intentions would, made from nothing but their formats."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook
from PIL import Image

PLACE = b"51 deg 30"
SCRIPT = b"<html><script>alert(document.domain)</script></html>"
NOTHING: Mapping[str, bytes | str] = {}
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def picture(format: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any) -> bytes:
    """Red on the left, blue on the right, grey where there are no colours."""
    made = Image.new(mode, size, 90 if mode in {"L", "I;16", "1", "P"} else None)
    if mode in {"RGB", "RGBA", "CMYK"}:
        half = Image.new("RGB", (size[0] // 2, size[1]), "red")
        whole = Image.new("RGB", size, "blue")
        whole.paste(half, (0, 0))
        made = whole.convert(mode)
        if mode == "RGBA":
            made.putalpha(90)
    file = io.BytesIO()
    made.save(file, format, **options)
    return file.getvalue()


def photo_of_a_place(turned: int = 1, format: str = "JPEG") -> bytes:
    """With GPS, a device, a comment, a colour profile, and the camera held in a way (an EXIF orientation)."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = turned, "Camera of Morag"
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    exif.get_ifd(0x8825)[29] = PLACE.decode()
    return picture(format, exif=exif, comment=b"Morag took this", icc_profile=b"profile of Morag")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that says it is so large, with hardly any bytes behind it."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(more) + png_chunk(b"IDAT", zlib.compress(bytes(10_000))) + b"IEND"


def gif_of(width: int, height: int) -> bytes:
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02L\x01\x00;"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6) + frame


def packed(parts: Mapping[str, bytes | str], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def word(main: str = WORD, more: Mapping[str, bytes | str] = NOTHING) -> bytes:
    """The least that says it is a Word document."""
    return packed({"[Content_Types].xml": naming(main), "word/document.xml": "<document/>", **more})


def related(kind: str, mode: str = "External") -> str:
    """A part's links to others."""
    link = f'<Relationship Id="a" Type="{kind}" Target="http://a.example" TargetMode="{mode}"/>'
    return f"<Relationships>{link}</Relationships>"


def old_object(stream: str) -> bytes:
    """The beginning of a compound file, with a stream of this name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le").ljust(128, b"\0")


def twins(name: str, first: str, second: str) -> bytes:
    """Two parts of one name but for its letters' size, or altogether."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, warnings.catch_warnings(action="ignore"):
        for each, content in ((name, first), ("[Content_Types].xml", second), ("word/document.xml", "<document/>")):
            archive.writestr(each, content)
    return file.getvalue()


def naming(main: str = WORD, before: str = "") -> str:
    return f'<Types>{before}<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'


def workbook() -> bytes:
    book, file = Workbook(), io.BytesIO()
    book.active.append(["Hill walkers", 12])
    book.save(file)
    return file.getvalue()


def open_document(kind: str = "text", more: Mapping[str, bytes | str] = NOTHING) -> bytes:
    return packed({"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": "<office/>", **more})


def lying_archive() -> bytes:
    """Three thousand parts in half a megabyte, each the same one again: an archive that unpacks to terabytes."""
    data, name = zlib.compress(bytes(1 << 24))[2:-4], b"word/document.xml"
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(data), 1 << 24, len(name), 0) + name
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(data), 1 << 24, len(name), 0, 0, 0, 0, 0, 0
    )
    directory, start = (entry + name) * 2900, len(local) + len(data)
    return local + data + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 2900, 2900, len(directory), start, 0)


def film(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x02\x00" + brand + bytes(40)
