"""Finds the line of a folder's own that an error came through, so that a plugin's author is sent to the right file.

An error that was raised while a file was read (a syntax error) names the file itself and has no line of its code.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class CodeLine(NamedTuple):
    """A line of a file, whose name is relative to the folder that was asked about."""

    file: str
    number: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.number}"


def come_through(error: BaseException) -> Iterator[tuple[Path, int]]:
    """Every file and line that the error came through, the innermost first."""
    named = (getattr(error, "filename", None), getattr(error, "lineno", None))
    walked = [(frame.f_code.co_filename, number) for frame, number in traceback.walk_tb(error.__traceback__)]
    for name, number in (named, *reversed(walked)):
        if isinstance(name, str) and number:
            yield Path(name).resolve(), number


def line_in(folder: Path, error: BaseException) -> CodeLine | None:
    """The innermost line in `folder` that the error came through, or None."""
    home = folder.resolve()
    inside = ((file, number) for file, number in come_through(error) if file.is_relative_to(home))
    return next((CodeLine(file.relative_to(home).as_posix(), number) for file, number in inside), None)


def explained(error: BaseException, folder: Path | None) -> str:
    """The error in a line: where in `folder`, its kind and its own first line."""
    line = line_in(folder, error) if folder else None
    said = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return f"{line}: {said}" if line else said


def stages(error: BaseException) -> list[str]:
    """The kinds of an error and of those behind it, each with the lines it came through, and nothing that they say.

    What an error says may be a person's words; only what the interpreter says of code, and a system's reason, is told.
    """
    told: list[str] = []
    seen: set[int] = set()
    behind: BaseException | None = error
    while behind is not None and id(behind) not in seen:
        seen.add(id(behind))
        told.append(_kind(behind))
        told += [f"  {_short(frame.f_code.co_filename)}:{number} {frame.f_code.co_name}"
                 for frame, number in traceback.walk_tb(behind.__traceback__)]  # fmt: skip
        behind = behind.__cause__ or (None if behind.__suppress_context__ else behind.__context__)
    return told


ABOUT_CODE = (AttributeError, ImportError, NameError)


def _kind(error: BaseException) -> str:
    kind = type(error).__name__
    if type(error) in ABOUT_CODE:
        return f"{kind}: {error}"
    why = error.strerror if isinstance(error, OSError) else None
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None)
    said = [str(each) for each in (why, code) if each]
    return f"{kind}: {', '.join(said)}" if said else kind


def _short(file: str) -> str:
    """The file without the folders above the last three: a home folder's name may be a person's."""
    return "/".join(Path(file).parts[-3:])
