"""Finds the commands in README.md and docs/, so that none of them can go stale unseen.

A block is executed unless the line before it says `<!-- by hand: why -->`. A block under a line that is nothing but a
path in backticks and a colon is that file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

SHELLS = {"console", "sh", "bash", "shell"}
FENCE = re.compile(r"^(?P<indent>\s*)(?P<ticks>`{3,}|~{3,})(?P<language>[^`]*)$")
FILE = re.compile(r"^`(?P<file>[\w./@-]+)`:$")
BY_HAND = re.compile(r"^\s*<!-- by hand: \S.*-->\s*$")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it starts, what it is, what is in it."""

    line: int
    language: str
    lines: tuple[str, ...]
    by_hand: bool
    file: str = ""

    @property
    def commands(self) -> list[str]:
        """Its commands in order: after `$ ` in a console, every line of a script; a backslash carries on."""
        if self.language not in SHELLS:
            return []
        if self.language == "console":
            typed = [line[2:] for line in self.lines if line.startswith(("$ ", "> "))]
        else:
            typed = [line for line in self.lines if line.strip() and not line.lstrip().startswith("#")]
        return "\n".join(typed).replace("\\\n", " ").splitlines()


def blocks(text: str) -> list[Block]:
    """Every fenced block of a page; fences inside fences belong to the outer one."""
    found: list[Block] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        opened = FENCE.match(lines[at])
        if not opened:
            at += 1
            continue
        ticks = opened["ticks"]
        close = re.compile(rf"^\s*{re.escape(ticks)}{re.escape(ticks[0])}*\s*$")
        end = next((n for n in range(at + 1, len(lines)) if close.match(lines[n])), len(lines))
        language = opened["language"].strip().strip("{}").split(" ")[0].split("}")[0]
        inside = tuple(line.removeprefix(opened["indent"]) for line in lines[at + 1 : end])
        above = lines[max(0, at - 2) : at]
        by_hand = any(BY_HAND.match(line) for line in above)
        file = next((named["file"] for line in above if (named := FILE.match(line))), "")
        found.append(Block(at + 1, language, inside, by_hand, file))
        at = end + 1
    return found


def pages(root: Path) -> list[Path]:
    """README.md and every page under docs/."""
    return [path for path in [root / "README.md", *sorted((root / "docs").rglob("*.md"))] if path.exists()]
