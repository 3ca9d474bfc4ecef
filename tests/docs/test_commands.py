"""Every command on every page runs, in the order in which a reader meets it."""

from pathlib import Path

import pytest

from tests.docs.pages import Block, blocks, pages
from tests.docs.terminal import START, Terminal, plainly

ROOT = Path(__file__).parents[2]
PAGES = {path.relative_to(ROOT).as_posix(): path for path in pages(ROOT)}


def typed(path: Path) -> list[str]:
    found = [block for block in blocks(path.read_text(encoding="utf-8")) if not block.by_hand]
    return [command for block in found for command in block.commands]


WITH_COMMANDS = [name for name, path in PAGES.items() if any(map(plainly, typed(path)))]


@pytest.mark.parametrize("name", WITH_COMMANDS)
def test_a_pages_commands_run(name: str, tmp_path: Path) -> None:
    terminal = Terminal.open(ROOT, tmp_path)
    for block in blocks(PAGES[name].read_text(encoding="utf-8")):
        if block.file:
            terminal.write(block.file, block.lines)
        for command in () if block.by_hand else block.commands:
            terminal.type(command)


def test_the_readme_gives_the_two_commands() -> None:
    commands = typed(ROOT / "README.md")
    started = [match["words"].strip() for command in commands if (match := START.match(command))]
    assert "" in started
    assert "test" in started


def test_checks_named_on_a_page_exist() -> None:
    tox = (ROOT / "tox.ini").read_text(encoding="utf-8")
    named = [command for path in PAGES.values() for command in typed(path) if "start.py test -e " in command]
    for command in named:
        for check in command.partition(" -e ")[2].split(" ")[0].split(","):
            assert f"[testenv:{check}]" in tox, command


def test_commands_are_found_in_blocks() -> None:
    page = "Text\n```console\n$ one --x \\\n> two\nanswer\n```\n"
    page += "<!-- by hand: needs mail -->\n```sh\nthree # why\n\n# no\n```\n"
    first, second = blocks(page)
    assert first == Block(2, "console", ("$ one --x \\", "> two", "answer"), by_hand=False)
    assert first.commands == ["one --x  two"]
    assert (second.commands, second.by_hand) == (["three # why"], True)


def test_a_block_may_be_a_file() -> None:
    (block,) = blocks("Then, in\n\n`a/b.py`:\n\n```python\nx = 1\n\ny = 2\n```\n")
    assert (block.file, block.lines) == ("a/b.py", ("x = 1", "", "y = 2"))
    assert blocks("See `a/b.py`:\n\n```python\nx = 1\n```\n")[0].file == ""


def test_a_fence_inside_a_fence_belongs_to_the_outer_one() -> None:
    assert [block.language for block in blocks("````md\n```sh\nx\n```\n````\n```{code-block} sh\n```\n")] == [
        "md",
        "code-block",
    ]


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("python3 start.py", "systems-changers demo"),
        ("python3 start.py partner list  # all of them", "systems-changers partner list"),
        ("python3 start.py test -e unit", None),
        ("systems-changers serve", "systems-changers serve"),
        (".venv/bin/python -m pytest plugins/mine", "python -m pytest plugins/mine"),
    ],
)
def test_the_start_command_stands_for_the_installed_one(line: str, meant: str | None) -> None:
    assert plainly(line) == meant


def test_a_command_that_fails_is_shown_with_what_it_said(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, tmp_path)
    with pytest.raises(AssertionError, match="no such thing"):
        terminal.type("echo no such thing; exit 3")
