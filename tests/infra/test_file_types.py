"""What comes in is known by what it holds; what could run, unpack without end, or tell on somebody doesn't stay."""

from __future__ import annotations

import io
import time
import zipfile
import zlib

import pytest
from PIL import Image, ImageOps

from systems_changers.infra import images, packed
from systems_changers.infra.errors import Invalid
from systems_changers.infra.file_types import (
    MARKUP,
    NOT_UTF8,
    OLD_OFFICE,
    STILL,
    TEXT,
    UNKNOWN,
    Received,
    cleaned_name,
    megabytes,
    received,
)
from systems_changers.infra.files import Upload
from tests.infra import samples

MOST = 20_000_000
QUICK = 0.2
GENEROUS = 3
"""Of what is measured: a slower machine than the one that the limit was tried on, and whoever counts lines."""


def taken(content: bytes, name: str = "seen", most: int = MOST) -> Received:
    return received(Upload(name, io.BytesIO(content)), most)


def refused(content: bytes, most: int = MOST) -> tuple[str, str]:
    """The code and the sentence, which comes in the time that is promised."""
    times = []
    for _ in range(3):
        began = time.thread_time()
        with pytest.raises(Invalid) as found:
            taken(content, most=most)
        times.append(time.thread_time() - began)
    assert min(times) < QUICK * GENEROUS
    return found.value.code, str(found.value.message)


SLIDES = f"{packed.OFFICE}presentationml.presentation"
PLAIN = [
    (b"%PDF-1.7\n%%EOF", "application/pdf", "seen.pdf"),
    ("Zwölf Hügel – ✓\n".encode(), TEXT, "seen.txt"),
    ("\ufeffname;miles\r\nAilsa;12\r\n".encode(), TEXT, "seen.txt"),
    (b"We had <3 calls\tthis week.\f", TEXT, "seen.txt"),
    (samples.word(), f"{packed.OFFICE}wordprocessingml.document", "seen.docx"),
    (samples.workbook(), f"{packed.OFFICE}spreadsheetml.sheet", "seen.xlsx"),
    (samples.word(f"{SLIDES}.main+xml"), SLIDES, "seen.pptx"),
    (samples.open_document(), f"{packed.OPEN}text", "seen.odt"),
    (samples.open_document("spreadsheet"), f"{packed.OPEN}spreadsheet", "seen.ods"),
    (b"ID3\x04\x00\x00\x00\x00\x00\x00", "audio/mpeg", "seen.mp3"),
    (b"\xff\xfb\x90\x64" + bytes(40), "audio/mpeg", "seen.mp3"),
    (b"OggS\x00\x02" + bytes(40), "audio/ogg", "seen.ogg"),
    (samples.film(b"M4A "), "audio/mp4", "seen.m4a"),
    (samples.film(b"isom"), "video/mp4", "seen.mp4"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "media_type", "name"), PLAIN)
def test_what_is_taken_stays_as_it_is(content: bytes, media_type: str, name: str) -> None:
    assert taken(content) == Received(content, media_type, name)
    assert taken(content, "seen.html").name == name


REFUSED = [
    (b"", "empty_file", "This file is empty."),
    (b"<!DOCTYPE html><p>", "file_type", str(MARKUP)),
    (b"\xef\xbb\xbf \n < svg onload=alert(1)>", "file_type", str(MARKUP)),
    (b"<?xml version='1.0'?><svg/>", "file_type", str(MARKUP)),
    (b"MZ\x90\x00\x03", "file_type", str(UNKNOWN)),
    (b"\x7fELF\x02\x01", "file_type", str(UNKNOWN)),
    (b"all well\x00but not quite", "file_type", str(UNKNOWN)),
    ("all well\x9bbut not quite".encode(), "file_type", str(UNKNOWN)),
    ("Zwölf".encode("cp1252"), "file_type", str(NOT_UTF8)),
    ("Zwölf".encode("utf-16"), "file_type", str(NOT_UTF8)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "file_type", str(OLD_OFFICE)),
    (samples.film(b"heic"), "file_type", str(STILL)),
    (samples.film(b"qt  "), "file_type", str(UNKNOWN)),
    (samples.packed({"a.txt": "a"}), "file_type", str(packed.NO_DOCUMENT)),
    (samples.word(main="application/vnd.ms-word.document.macroEnabled.main+xml"), "file_type", str(packed.MACROS)),
    (samples.word(more={"word/vbaProject.bin": b"x"}), "file_type", str(packed.MACROS)),
    (samples.word(more={"xl/macrosheets/sheet1.xml": b"x"}), "file_type", str(packed.MACROS)),
    (samples.open_document(more={"Basic/Standard/Module1.xml": b"x"}), "file_type", str(packed.MACROS)),
    (samples.word(more={"../../x": b"x"}), "unreadable_file", str(packed.DAMAGED)),
    (samples.packed({"[Content_Types].xml": samples.WORD}, zipfile.ZIP_BZIP2), "unreadable_file", str(packed.DAMAGED)),
    (samples.word()[:-30], "unreadable_file", str(packed.DAMAGED)),
    (samples.word() + samples.SCRIPT, "unreadable_file", str(packed.DAMAGED)),
    (b"PK\x03\x04" + samples.SCRIPT + samples.word(), "unreadable_file", str(packed.DAMAGED)),
    (samples.word(more={"word/a.xml": bytes(30_000_000)}), "file_too_large", str(packed.BOMB)),
    (samples.word(more={f"word/{number}.xml": b"" for number in range(3001)}), "file_too_large", str(packed.BOMB)),
    (samples.lying_archive(), "file_too_large", str(packed.BOMB)),
]  # fmt: skip

RUNS = "application/vnd.ms-word.document.macroEnabled.main+xml"
TEMPLATE = samples.related("http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate")
MASKED = [
    (samples.twins("[Content_Types].xml", samples.naming(RUNS), samples.naming()), str(packed.DAMAGED)),
    (samples.twins("[content_types].xml", samples.naming(RUNS), samples.naming()), str(packed.DAMAGED)),
    (samples.twins("[content%5ftypes].xml", samples.naming(RUNS), samples.naming()), str(packed.DAMAGED)),
    (samples.twins("mimetype", f"{packed.OPEN}text", samples.naming(RUNS)), str(packed.MACROS)),
    (samples.word(RUNS.replace("E", "&#69;")), str(packed.MACROS)),
    (samples.word(RUNS.lower()), str(packed.MACROS)),
    (samples.packed({"[Content_Types].xml": samples.naming(before=" " * 600_000)}, zipfile.ZIP_STORED),
     str(packed.BOMB)),
    (samples.packed({"[Content_Types].xml": "<!DOCTYPE Types>" + samples.naming()}), str(packed.DAMAGED)),
    (samples.word(more={"word/_rels/settings.xml.rels": TEMPLATE}), str(packed.ELSEWHERE)),
    (samples.word(more={"word/_RELS/settings.xml.RELS": TEMPLATE}), str(packed.ELSEWHERE)),
    (samples.word(more={"word/_rels/settings.xml.rels": TEMPLATE.replace(">", ">" + " " * 600_000, 1)}),
     str(packed.BOMB)),
    (samples.word(more={"word/embeddings/oleObject1.bin": b"MZ"}), str(packed.MACROS)),
    (samples.word(more={"word/media/image1.png": b"MZ"}), str(packed.MACROS)),
    (samples.word(more={"word/embeddings/a.bin": samples.old_object("\x01Ole10Native")}), str(packed.MACROS)),
    (samples.open_document(more={"Object 1": samples.old_object("\x01Ole10Native")}), str(packed.MACROS)),
]  # fmt: skip


@pytest.mark.parametrize(("content", "said"), MASKED)
def test_what_would_run_is_found_behind_every_mask(content: bytes, said: str) -> None:
    assert refused(content)[1] == said


def test_documents_with_plain_links_and_objects_are_taken() -> None:
    link = samples.related("http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink")
    many: dict[str, bytes | str] = {f"word/{number}.xml": b"<a/>" for number in range(2900)}
    more = {"word/_rels/document.xml.rels": link, "word/embeddings/a.bin": samples.old_object("Workbook"), **many}
    assert taken(samples.word(more=more)).name == "seen.docx"


def test_many_links_are_read_at_once() -> None:
    link = samples.related("http://a.example/hyperlink")
    many = {f"word/_rels/{number}.xml.rels": link for number in range(2990)}
    assert refused(samples.word(more={**many, "z.rels": TEMPLATE}))[1] == str(packed.ELSEWHERE)
    assert refused(samples.word(more={**many, "z": b"MZ"}))[1] == str(packed.MACROS)


@pytest.mark.parametrize(("content", "code", "said"), REFUSED)
def test_what_is_refused_is_told_why_at_once(content: bytes, code: str, said: str) -> None:
    assert refused(content) == (code, said)


def test_a_document_with_a_password_is_refused() -> None:
    content = bytearray(samples.word())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    assert refused(bytes(content)) == ("file_type", str(packed.PASSWORD))


def test_long_files_are_refused_at_once() -> None:
    assert refused(b"a" * 10_001, most=10_000)[1] == "This file is larger than 0.01 MB: choose a smaller one."
    assert refused(b"a" * (MOST + 1)) == ("file_too_large", "This file is larger than 20 MB: choose a smaller one.")
    assert refused(b"a" * (MOST - 1) + b"\x00")[1] == str(UNKNOWN)
    assert refused(b"\xe9" * MOST)[1] == str(NOT_UTF8)
    assert taken(b"a" * MOST).media_type == TEXT
    assert [megabytes(size) for size in (MOST, 500_000, 1_250_000)] == ["20", "0.5", "1.25"]


# --- pictures ---


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_a_photo_tells_nothing_but_what_it_shows() -> None:
    photo = samples.photo_of_a_place()
    assert samples.PLACE in photo
    assert b"Morag" in photo
    kept = taken(photo, "IMG_1.HEIC.jpeg")
    assert (kept.media_type, kept.name, kept.width, kept.height) == ("image/jpeg", "IMG_1.HEIC.jpg", 60, 40)
    assert samples.PLACE not in kept.content
    assert b"Morag" not in kept.content
    assert b"Exif" not in kept.content
    assert opened(kept.content).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_photo_stands_upright(format: str) -> None:
    """Orientation 6: the camera was turned, and the left of what it saw is on top."""
    kept = taken(samples.photo_of_a_place(6, format))
    assert (kept.width, kept.height) == (40, 60)
    shown = opened(kept.content).convert("RGB")
    above, below = shown.getpixel((20, 5)), shown.getpixel((20, 55))
    assert isinstance(above, tuple)
    assert isinstance(below, tuple)
    assert above[0] > 200 > below[0] + 100
    assert below[2] > 200 > above[2] + 100


@pytest.mark.parametrize(("format", "mode", "media_type", "kept_mode"), [
    ("PNG", "RGBA", "image/png", "RGBA"), ("PNG", "P", "image/png", "RGB"), ("PNG", "1", "image/png", "L"),
    ("PNG", "I;16", "image/png", "L"), ("JPEG", "CMYK", "image/jpeg", "RGB"), ("JPEG", "L", "image/jpeg", "L"),
    ("GIF", "P", "image/png", "RGB"), ("WEBP", "RGB", "image/jpeg", "RGB"), ("WEBP", "RGBA", "image/png", "RGBA"),
])  # fmt: skip
def test_every_kind_of_picture_is_one_that_browsers_show(
    format: str, mode: str, media_type: str, kept_mode: str
) -> None:
    kept = taken(samples.picture(format, mode=mode), "a picture.webp")
    assert kept.media_type == media_type
    assert kept.name == "a picture" + {"image/jpeg": ".jpg", "image/png": ".png"}[media_type]
    with opened(kept.content) as shown:
        assert (shown.mode, shown.size) == (kept_mode, (60, 40))


def test_sixteen_bits_of_grey_stay_grey() -> None:
    file = io.BytesIO()
    Image.new("I;16", (4, 4), 0x8000).save(file, "PNG")
    assert opened(taken(file.getvalue()).content).getpixel((0, 0)) == 0x80


def test_a_moving_picture_stands_still() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue", "green")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    with opened(taken(file.getvalue()).content) as shown:
        assert getattr(shown, "n_frames", 1) == 1
        assert shown.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_large_photo_is_made_smaller() -> None:
    kept = taken(samples.picture("JPEG", (5200, 2600)))
    assert (kept.width, kept.height) == (images.LONGEST_SIDE, images.LONGEST_SIDE // 2)


@pytest.mark.parametrize("content", [
    samples.picture("PNG") + samples.SCRIPT,
    samples.picture("JPEG", comment=samples.SCRIPT) + samples.word(),
    samples.picture("GIF", mode="P", comment=samples.SCRIPT),
    samples.png_of(60, 40, samples.png_chunk(b"tEXt", samples.SCRIPT)) + b"%PDF-1.4",
])  # fmt: skip
def test_of_a_picture_that_is_something_else_as_well_the_picture_stays(content: bytes) -> None:
    kept = taken(content)
    assert b"<script" not in kept.content
    assert b"PK\x03\x04" not in kept.content
    assert kept.media_type.startswith("image/")
    with opened(kept.content) as shown:
        shown.load()
        assert shown.size == (60, 40)


def test_the_same_picture_twice_is_the_same_content() -> None:
    assert taken(samples.photo_of_a_place()).content == taken(samples.photo_of_a_place()).content


@pytest.mark.parametrize(("content", "code"), [
    (samples.png_of(50_000, 50_000), "file_too_large"),
    (samples.png_of(5_001, 5_000), "file_too_large"),
    (samples.gif_of(65_535, 65_535), "file_too_large"),
    (samples.png_of(300, 300), "unreadable_file"),
    (samples.png_of(400, 400, samples.png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(90_000_000)))),
     "unreadable_file"),
    (samples.picture("JPEG")[:200], "unreadable_file"),
    (b"\x89PNG\r\n\x1a\n" + samples.SCRIPT, "unreadable_file"),
    (b"GIF89a/*" + samples.SCRIPT, "unreadable_file"),
    (b"\xff\xd8\xff" + samples.SCRIPT, "unreadable_file"),
    (b"RIFF\x00\x00\x00\x00WEBP" + samples.SCRIPT, "unreadable_file"),
])  # fmt: skip
def test_bombs_and_what_only_begins_as_a_picture_are_refused(content: bytes, code: str) -> None:
    assert refused(content)[0] == code


# --- names ---


@pytest.mark.parametrize(("given", "cleaned"), [
    ("Report for Ailsa.pdf", "Report for Ailsa.pdf"), ("a.PDF", "a.pdf"), ("a.html", "a.pdf"), ("a", "a.pdf"),
    (r"C:\Users\Ailsa\a.pdf", "a.pdf"), ("../../etc/passwd", "passwd.pdf"), ("", "file.pdf"), (".pdf", "file.pdf"),
    ("...", "file.pdf"), ("a\u202efdp.exe", "afdp.pdf"), ('a"b<c>.pdf', "abc.pdf"), ("a\r\nb.pdf", "a b.pdf"),
    ("v1.2 final", "v1.2 final.pdf"), ("a.tar.gz", "a.tar.pdf"), ("Zwölf Hügel ✓.pdf", "Zwölf Hügel ✓.pdf"),
    ("n" * 300 + ".pdf", "n" * 116 + ".pdf"), ("CON:.pdf", "CON.pdf"),
])  # fmt: skip
def test_names_are_harmless_and_end_as_the_type_does(given: str, cleaned: str) -> None:
    assert cleaned_name(given, (".pdf",)) == cleaned


def test_a_text_may_end_in_several_ways() -> None:
    assert [taken(b"a;b", name).name for name in ("a.csv", "a.md", "a.log", "a.exe")] == [
        "a.csv", "a.md", "a.txt", "a.txt",
    ]  # fmt: skip


def test_what_a_camera_wrote_wrong_leaves_the_picture_as_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_image: Image.Image) -> Image.Image:
        raise ValueError("an EXIF that points nowhere")

    monkeypatch.setattr(ImageOps, "exif_transpose", broken)
    kept = taken(samples.photo_of_a_place(6))
    assert (kept.width, kept.height) == (60, 40)


def test_parts_that_are_too_much_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    held = samples.old_object("Workbook")
    objects: dict[str, bytes | str] = {f"word/embeddings/{number}.bin": held for number in range(2)}
    link = samples.related("http://a.example/hyperlink")
    names: dict[str, bytes | str] = {f"word/_rels/{number}.rels": link for number in range(2)}
    assert taken(samples.word(more=objects | names)).name == "seen.docx"
    for most, parts, one in (("MOST_OBJECTS", objects, held), ("MOST_NAMED", names, link)):
        with monkeypatch.context() as less:
            less.setattr(packed, most, len(one) + 1)
            assert refused(samples.word(more=parts)) == ("file_too_large", str(packed.BOMB))
