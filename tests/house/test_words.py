"""Nothing unfinished is left lying about, in code, pages or documents."""

import re

from tests.house.conftest import Plant
from tests.house.tree import Tree, in_order

# In two halves, so that this file does not find itself.
MARKS = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK", "NotImplemented" + "Error")
PHRASES = ("place" + "holder", "lorem " + "ipsum", "coming " + "soon", "not yet " + "implemented", "to be " + "written")
UNFINISHED = re.compile(rf"\b(?:{'|'.join(MARKS)})\b|(?i:\b(?:{'|'.join(PHRASES)}))")
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.])/(?:home|Users|root)/\w")
TEXT = (".py", ".html", ".txt", ".js", ".css", ".md", ".toml", ".ini", ".json", ".pot")


def unfinished(tree: Tree) -> list[str]:
    return [
        source.at(number, f"says {found.group()!r}: finish it, or take it out")
        for source in tree.files(*TEXT)
        for number, line in enumerate(source.lines, 1)
        for found in UNFINISHED.finditer(line)
    ]


def somebodys_folders(tree: Tree) -> list[str]:
    return [
        source.at(number, "names a folder of one person's machine")
        for source in tree.files(*TEXT, ".po")
        for number, line in enumerate(source.lines, 1)
        if SOMEBODYS_FOLDER.search(line)
    ]


def test_nothing_unfinished(tree: Tree) -> None:
    in_order(unfinished(tree))


def test_no_folders_of_ones_own(tree: Tree) -> None:
    in_order(somebodys_folders(tree))


def test_unfinished_words_are_found(plant: Plant) -> None:
    wrong = plant(
        {"a.py": f"x = 1  # {MARKS[0]}: later\n", "b.html": f"<p>{PHRASES[2].title()}</p>", "c.md": "All done.\n"}
    )
    assert [finding.split()[0] for finding in unfinished(wrong)] == ["a.py:1", "b.html:1"]


def test_folders_of_ones_own_are_found(plant: Plant) -> None:
    wrong = plant({"a.md": "Look in /ho" + "me/morag/data\n", "b.md": "See https://example.org/home/page\n"})
    assert [finding.split()[0] for finding in somebodys_folders(wrong)] == ["a.md:1"]
