"""What becomes of text that people type."""

import pytest

from systems_changers.infra.cleaning import clean_text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Cafe\u0301", "Café"),
        ("  a\r\nb\rc \n", "a\nb\nc"),
        ("a\x00b\x07c\x9b", "abc"),
        ("tab\tstays", "tab\tstays"),
        ("evil\u202etxt\u2066", "eviltxt"),
        ("\ufeffBOM", "BOM"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d👧", "👩\u200d👧"),
        ("=1+1 <b>", "=1+1 <b>"),
        ("\ud800x", "x"),
    ],
)
def test_text(typed: str, kept: str) -> None:
    assert clean_text(typed) == kept


def test_one_line() -> None:
    assert clean_text(" two\nwords\t here ", lines=False) == "two words here"
