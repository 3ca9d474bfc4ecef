"""How a register's import is shown on the terminal: progress, the preview that may be declined, and what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import click

from systems_changers.core.home.service.register import RegisterResult
from systems_changers.infra.terminal import Terminal

if TYPE_CHECKING:
    from rich.progress import Progress

SHOWN_ERRORS = 12
STAGES = {"read": "Reading", "compare": "Comparing", "write": "Writing", "figures": "Counting"}


class RegisterScreen:
    """The terminal while a register comes in; silent with --json and where nobody watches."""

    def __init__(self, terminal: Terminal, *, ask: bool) -> None:
        self.terminal, self.ask = terminal, ask
        self._bar: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Self:
        if self.terminal.interactive:
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # slow: only where seen

            self._bar = Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), transient=True)
            self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def progress(self, stage: str, done: int, of: int | None) -> None:
        """How far a stage is."""
        if self._bar is None:
            return
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(STAGES.get(stage, stage), total=of)
        self._bar.update(self._tasks[stage], completed=done, total=of)

    def confirm(self, preview: RegisterResult) -> bool:
        """Show what would happen, and ask; with --yes nobody is asked."""
        if not self.ask:
            return True
        return self._asked("Write it?", *_summary(preview, "would be"))

    def ask_hosts(self, names: list[str]) -> bool:
        """Ask once for all hosts that are new here; nobody is asked where nobody watches, or with --yes."""
        if not (self.ask and self.terminal.interactive):
            return False
        return self._asked(f"{_hosts(len(names))} new here. Make listed partners of them?")

    def _asked(self, question: str, *lines: str) -> bool:
        """The answer; the bar makes room for the question, and goes on after it."""
        if self._bar is not None:
            self._bar.stop()
        self.terminal.say(*lines)
        answer = bool(click.confirm(question, default=False))
        if self._bar is not None:
            self._bar.start()
        return answer

    def said(self, result: RegisterResult) -> list[str]:
        """What was done, or would be."""
        return _summary(result, "are" if result.written else "would be")


def _summary(result: RegisterResult, verb: str) -> list[str]:
    columns = ", ".join(f"{column} is the {field}" for field, column in result.columns.items())
    lines = [
        f"{result.rows} rows, {result.shape}: {columns}.",
        f"{result.created} {verb} new, {result.changed} {verb} changed, {result.unchanged} {verb} as they were.",
    ]
    if result.new_partners:
        names = ", ".join(result.new_partners[:3])
        lines.append(f"{len(result.new_partners)} partners {verb} made: {names} …")
    wrong = [each for each in result.errors if each.code != "unknown_host"]
    if result.unknown_hosts:
        lines.append(
            f"{_hosts(len(result.unknown_hosts))} new here: --create-partners makes listed partners of them. "
            f"{len(result.errors) - len(wrong)} rows wait for that."
        )
    if wrong:
        lines.append(f"{len(wrong)} in error, left out:")
        lines += [f"  row {each.row}, {each.column}: {each.message} ({each.code})" for each in wrong[:SHOWN_ERRORS]]
        if len(wrong) > SHOWN_ERRORS:
            lines.append(f"  and {len(wrong) - SHOWN_ERRORS} more: save them with --errors FILE.")
    return lines


def _hosts(number: int) -> str:
    return "1 host is" if number == 1 else f"{number} hosts are"
