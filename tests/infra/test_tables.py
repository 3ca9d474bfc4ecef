"""Tables in whatever form people keep them: every encoding, separator and kind of workbook reads as the same rows."""

from __future__ import annotations

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from systems_changers.infra.errors import Invalid
from systems_changers.infra.tables import _cell, open_table

ROWS = [["host", "date", "note"], ["Évora, Câmara", "2019-03-31", "a;b"], ["Oban", "2019-04-01", ""]]


def read(file: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    with open_table(file) as table:
        return list(table.headers), list(table.rows)


def text(separator: str, end: str) -> str:
    cells = [[f'"{cell}"' if separator in cell else cell for cell in row] for row in ROWS]
    return end.join(separator.join(row) for row in cells) + end


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_and_separator(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(text(separator, end).encode(encoding))
    assert read(file) == (ROWS[0], [(2, ROWS[1]), (3, ROWS[2])])


def test_rows_are_numbered_as_in_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text('\na,b\n\n1,"two\nlines"\n , \n2,x\n')
    assert read(file) == (["a", "b"], [(4, ["1", "two\nlines"]), (6, ["2", "x"])])


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("host\nOban\n")
    assert read(file) == (["host"], [(2, ["Oban"])])


def workbook(file: Path, rows: list[list[object]]) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file


def test_a_workbook(tmp_path: Path) -> None:
    file = workbook(
        tmp_path / "table.xlsx",
        [
            ["host", "heads", "date"],
            ["Oban", 12.0, date(2019, 3, 31)],
            ["Ulva", None, datetime(2019, 4, 1, 9, 30)],  # noqa: DTZ001 - workbooks know no zones
        ],
    )
    assert read(file)[1] == [(2, ["Oban", "12", "2019-03-31"]), (3, ["Ulva", "", "2019-04-01 09:30:00"])]


def test_a_formula_without_a_value_stays_text(tmp_path: Path) -> None:
    file = workbook(tmp_path / "table.xlsx", [["host", "date"], ["=1+1", "2019-03-31"]])
    assert read(file)[1] == [(2, ["=1+1", "2019-03-31"])]


def test_a_packed_bomb_is_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path / "table.xlsx", [["host", "date"], ["Oban", "2019-03-31"]])
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros", b"\0" * 3_000_000)
    assert file.stat().st_size < 100_000
    with pytest.raises(Invalid) as refused, open_table(file, most=2_000_000):
        pass
    assert refused.value.code == "file_too_large"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (b"PK\x03\x04 broken", "unreadable_file"),
        (b"\xd0\xcf\x11\xe0 old Excel", "unreadable_file"),
        (b'a,b\n"' + b"x" * 2_000_000 + b'",1\n', "unreadable_file"),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        read(file)
    assert refused.value.code == code


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        read(tmp_path / "gone.csv")
    assert "gone.csv" in str(refused.value.message)


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    file = tmp_path / "table.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(Invalid) as refused:
        read(file)
    assert refused.value.code == "unreadable_file"


def test_half_a_letter_at_the_end_can_not_be_read(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes("host,date\nOban,2019\n".encode("utf-16") + b"x")
    with pytest.raises(Invalid) as refused:
        read(file)
    assert str(refused.value.message) == "table.csv can't be read as text."


def test_days_and_whole_numbers_read_as_people_write_them() -> None:
    day = datetime(2026, 3, 27)  # noqa: DTZ001 - a workbook knows no zones
    cells = [date(2026, 3, 27), day, day.replace(hour=9), 12.0, 12.5, None]
    assert [_cell(cell) for cell in cells] == ["2026-03-27", "2026-03-27", "2026-03-27 09:00:00", "12", "12.5", ""]
