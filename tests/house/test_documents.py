"""Pages can be trusted: each block says what it is, commands run by hand say why, links lead somewhere."""

import re

from tests.docs.pages import blocks
from tests.house.conftest import Plant
from tests.house.tree import Tree, in_order

LINK = re.compile(r"\]\((?!https?:|mailto:|#)(?P<target>[^)#\s]+)")
COMMAND = re.compile(r"^\s*(?:\$ |python3? start\.py|systems-changers )")


def unnamed_blocks(tree: Tree) -> list[str]:
    """Blocks without a language, and commands in blocks that are not executed."""
    found = []
    for source in tree.documents():
        for block in blocks(source.text):
            if not block.language:
                found.append(source.at(block.line, "this block does not say what it is: console, python, text, ..."))
            elif not block.commands and any(COMMAND.match(line) for line in block.lines):
                found.append(source.at(block.line, f"commands in a {block.language} block are executed by no test"))
    return found


def dead_links(tree: Tree) -> list[str]:
    pages = [*tree.documents(), *(source for source in tree.files(".md") if "/" not in source.name)]
    return sorted(
        {
            source.at(number, f"leads nowhere: {found['target']}")
            for source in pages
            for number, line in enumerate(source.lines, 1)
            for found in LINK.finditer(line)
            if not (source.path.parent / found["target"]).exists()
        }
    )


def test_blocks_say_what_they_are(tree: Tree) -> None:
    in_order(unnamed_blocks(tree))


def test_links_lead_somewhere(tree: Tree) -> None:
    in_order(dead_links(tree))


def test_wrong_pages_are_found(plant: Plant) -> None:
    page = "```\nx\n```\n```text\n$ systems-changers demo\n```\n[a](docs/gone.md) [b](README.md#top) [c](https://example.org)\n"
    wrong = plant({"README.md": page})
    assert [finding.split()[0] for finding in unnamed_blocks(wrong)] == ["README.md:1", "README.md:4"]
    assert dead_links(wrong) == ["README.md:7 leads nowhere: docs/gone.md"]
