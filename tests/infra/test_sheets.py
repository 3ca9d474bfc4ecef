"""Sheets: no cell runs as a formula, and sentences are told in the reader's language."""

import pytest

from systems_changers.infra.sheets import Row, csv_text, safe_cell
from systems_changers.infra.text import Message, msg


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+44",
        "-1",
        "@x",
        " =1",
        "\t=1",
        "\r=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff201",
        "\u22121",
        "\u200b=1",
        "\ufeff \u2060@x",
        "\u00ad+1",
    ],
)
def test_no_cell_is_a_formula(cell: str) -> None:
    assert safe_cell(cell) == f"'{cell}"


def test_other_cells_stay_as_they_are() -> None:
    assert [safe_cell(cell) for cell in ("a=1", "", None, 7, "\u200bMòrag")] == [
        "a=1",
        "",
        "",
        "7",
        "\u200bMòrag",
    ]


def test_a_sheet_speaks_the_readers_language_and_keeps_its_keys() -> None:
    def welsh(message: Message) -> str:
        return {"Completion": "Cwblhau"}[message.text]

    rows: list[Row] = [["indicator", "title", "n"], ["core:I7", msg("Completion"), 9], ["=1", None, "a;b"]]
    assert csv_text(rows, welsh).splitlines() == [
        '"indicator","title","n"', '"core:I7","Cwblhau","9"', '"\'=1","","a;b"',
    ]  # fmt: skip
    assert csv_text([[msg("%(n)s came", n=2)]]) == '"2 came"\r\n'
