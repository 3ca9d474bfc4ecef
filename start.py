#!/usr/bin/env python3
"""Set everything up in .venv, then become one command; the standard library is all it may use.

python3 start.py           install, make the demo, serve it
python3 start.py test      install tox, run every check (what follows goes to tox)
python3 start.py WORDS     install, run `systems-changers WORDS`
"""

from __future__ import annotations  # so that an old Python gets as far as the sentence about it

import os
import sys
from pathlib import Path

OLDEST = (3, 11)
HERE = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
LINES_SHOWN = 8
OFFLINE = (
    "name resolution",
    "Name or service not known",
    "NewConnectionError",
    "Network is unreachable",
    "ConnectTimeout",
    "Read timed out",
    "Connection refused",
    "ProxyError",
    "SSLError",
)


class Stopped(Exception):
    """What stands in the way, in a sentence that says what to do."""


def venv_dir(home: Path) -> Path:
    """The one folder that holds what is installed; delete it to start afresh."""
    return home / ".venv"


def script(home: Path, name: str) -> Path:
    """A program inside .venv."""
    if WINDOWS:
        return venv_dir(home) / "Scripts" / f"{name}.exe"
    return venv_dir(home) / "bin" / name


def stamp(home: Path, name: str) -> Path:
    """The mark of a finished install: another pyproject, place or Python gives another name."""
    import hashlib  # slow: a millisecond that only this needs

    parts = [home / "pyproject.toml", *sorted(home.glob("plugins/*/pyproject.toml"))]
    digest = hashlib.sha256(f"{home}|{sys.version_info[:2]}|".encode())
    for part in parts:
        digest.update(part.read_bytes())
    return venv_dir(home) / f".{name}-{digest.hexdigest()[:16]}"


def installer(home: Path) -> list[str]:
    """The pip to use: the one inside .venv, else this Python's own, aimed at .venv.

    Debian's python3 has no ensurepip, and its pip refuses to touch the system; neither matters
    to `pip --python`, which is also quicker than giving .venv a pip of its own.
    """
    from importlib.util import find_spec  # slow: a finished install never gets here

    places = ("lib/python3*/site-packages/pip", "Lib/site-packages/pip")
    if any(found for place in places for found in venv_dir(home).glob(place)):
        return [str(script(home, "python")), "-m", "pip"]
    if find_spec("pip") is None:
        message = (
            "Python's installer, pip, is missing.\n"
            "On Debian or Ubuntu: apt install python3-pip. Elsewhere: python3 -m ensurepip --user."
        )
        raise Stopped(message)
    return [sys.executable, "-m", "pip", "--python", str(script(home, "python"))]


def make_venv(home: Path) -> None:
    """Make .venv, or mend one whose Python has gone."""
    if script(home, "python").exists():
        return
    import venv  # slow: a finished install never gets here
    from importlib.util import find_spec  # slow: the same

    with_pip = find_spec("pip") is None and find_spec("ensurepip") is not None
    venv.create(venv_dir(home), clear=True, symlinks=not WINDOWS, with_pip=with_pip)


def pip_install(home: Path, *wanted: str) -> None:
    """Install into .venv; what pip says goes to .venv/install.log.

    Raises Stopped with the way out when it fails.
    """
    import subprocess  # slow: a finished install never gets here

    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2"]
    command = [*installer(home), "install", *quiet, "--no-compile", *wanted]
    log = venv_dir(home) / "install.log"
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            command,
            cwd=home,
            env={**os.environ, "PIP_USER": "0", "PIP_ROOT_USER_ACTION": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise Stopped(explain(log))


def explain(log: Path) -> str:
    """A sentence for a failed install, and the last lines that pip wrote."""
    said = log.read_text(encoding="utf-8", errors="replace")
    last = "\n".join(f"  {line}" for line in said.splitlines()[-LINES_SHOWN:])
    if any(sign in said for sign in OFFLINE):
        first = "The packages could not be fetched: this machine seems to be offline.\nTry again"
    else:
        first = "Installing failed. When it is mended, try again"
    return f"{first} with the same command; what was fetched is kept.\n{last}\nAll of it: {log}"


def ensure(home: Path, name: str, said: str, *steps: list[str]) -> None:
    """Install once; later starts only look for the stamp."""
    mark = stamp(home, name)
    if mark.exists() and script(home, "python").exists():
        return
    print(said, file=sys.stderr, flush=True)
    make_venv(home)
    for step in steps:
        pip_install(home, *step)
    for old in venv_dir(home).glob(f".{name}-*"):
        old.unlink()
    mark.touch()


def ensure_kit(home: Path) -> None:
    """Install the kit and the plugins beside it, so that an edit counts at once."""
    plugins = sorted(str(path.parent) for path in home.glob("plugins/*/pyproject.toml"))
    editable = [word for path in [str(home), *plugins] for word in ("-e", path)]
    ensure(
        home,
        "kit",
        "Setting up in .venv (once, usually under a minute) ...",
        # The builder first, so that pip need not make a place to build for each of the three.
        ["hatchling>=1.33,<2", "editables>=0.5"],
        ["--no-build-isolation", *editable],
    )


def become(command: list[str], home: Path) -> int:
    """Turn into the command, where the system can; else wait for it."""
    if not WINDOWS:
        sys.stdout.flush()
        os.execv(command[0], command)
    import subprocess  # slow: not needed where a program can turn into another

    return subprocess.call(command, cwd=home)


def run(words: list[str], home: Path) -> int:
    """Set up what the words need, then run them."""
    if words[:1] == ["test"]:
        ensure(home, "tox", "Setting up the checks in .venv (once) ...", ["tox>=4.67.15,<5"])
        tox = [str(script(home, "python")), "-m", "tox"]
        return become([*tox, "--root", str(home), "-c", str(home / "tox.ini"), *words[1:]], home)
    ensure_kit(home)
    return become([str(script(home, "systems-changers")), *(words or ["demo"])], home)


def main(words: list[str]) -> int:
    """Run; whatever stops it is one plain sentence and exit code 1."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        print(f"Python 3.11 or newer is needed; this is {found}.", file=sys.stderr)
        return 1
    try:
        return run(words, HERE)
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
    except OSError as error:
        print(f"Could not set up in {venv_dir(HERE)}: {error}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nStopped. The same command carries on from here.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
