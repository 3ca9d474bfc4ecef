"""What an author is told of a catalogue."""

from pathlib import Path

from systems_changers.infra.catalogue_check import check_catalogue
from tests.infra.catalogue_files import many, one, write

GOOD = many("%(n)s day", "%(n)s days", "%(n)s latha", "%(n)s latha", "%(n)s làithean", "%(n)s latha")


def test_a_good_catalogue_has_no_complaints(tmp_path: Path) -> None:
    assert check_catalogue(write(tmp_path, "gd", GOOD + one("Hello %(name)s", "Halò %(name)s"))) == []


def test_a_missing_and_a_wrong_header(tmp_path: Path) -> None:
    bare = check_catalogue(write(tmp_path / "a", "gd", one("a", "b"), plural=""))
    assert len(bare) == 1
    assert bare[0].startswith("gd: no Plural-Forms header; it should be nplurals=4")
    wrong = check_catalogue(
        write(tmp_path / "b", "cy", one("a", "b"), plural="nplurals=5; plural=(n==1?1:n==2?2:n==3?3:n==6?4:0);")
    )
    assert len(wrong) == 1
    assert "it should be 'nplurals=6" in wrong[0]


def test_another_way_to_write_the_same_rule_is_fine(tmp_path: Path) -> None:
    same = "nplurals=4; plural=(n==1 || n==11 ? 0 : n==2 || n==12 ? 1 : n>2 && n<20 ? 2 : 3);"
    assert check_catalogue(write(tmp_path, "gd", GOOD, plural=same)) == []


def test_what_is_wrong_with_single_texts(tmp_path: Path) -> None:
    body = (
        one("Hello %(name)s", "Halò %(ainm)s")
        + one("Cohort", "<i>Buidheann</i>")
        + "#, fuzzy\n"
        + one("Report", "Aithisg")
        + many("%(n)s day", "%(n)s days", "%(n)s latha", "%(n)s latha")
    )
    assert check_catalogue(write(tmp_path, "gd", body)) == [
        "gd: 'Hello %(name)s': 'Halò %(ainm)s' has other places or markup",
        "gd: 'Cohort': '<i>Buidheann</i>' has other places or markup",
        "gd: 'Report': fuzzy, so it is not used",
        "gd: '%(n)s days': 2 forms where the language has 4",
    ]


def test_an_unreadable_file_is_one_complaint(tmp_path: Path) -> None:
    (found,) = check_catalogue(write(tmp_path / "a", "gd", "what is this\n"))
    assert found.startswith("gd: can't be read:")
    wrong, unread = check_catalogue(write(tmp_path / "b", "gd", GOOD, plural="nplurals=2; plural=(n>1);"))
    assert wrong.startswith("gd: Plural-Forms is")
    assert unread.startswith("gd: can't be read: msg has more translations")


def test_a_language_without_a_rule_of_ours_keeps_its_own(tmp_path: Path) -> None:
    body = many("%(n)s day", "%(n)s days", "%(n)s la", "%(n)s ly") + one("Hello", "Halu")
    assert check_catalogue(write(tmp_path, "tlh", body, plural="nplurals=2; plural=(n>1);")) == []


def test_a_context_is_not_used(tmp_path: Path) -> None:
    body = 'msgctxt "menu"\n' + one("Report", "Aithisg") + GOOD
    assert check_catalogue(write(tmp_path, "gd", body)) == ["gd: 'Report': has a context, which is not used"]
