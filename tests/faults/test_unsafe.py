"""Combinations of settings: not one that is unsafe starts, every safe one does.

What is unsafe is said here once more, from the reader's side: who could listen in, and who could come in.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.settings import PREFIX, Settings, make_secret, refuse_unsafe
from tests.faults.trial import chances, say, times

FAULT = "a configuration is unsafe"
PROGRAM = [sys.executable, "-c", "from systems_changers.cli import main; main()"]
KEY = "k" * 48
HERE = {"127.0.0.1", "::1", "localhost"}
POSTGRES = "postgresql+psycopg://{}@db.example.org/kit"
CHOICES: Mapping[str, tuple[Any, ...]] = {
    "secret_key": (KEY, KEY, "", "short", "k" * 31, "systems-changers"),
    "public_url": (
        "http://127.0.0.1:8765", "https://kit.example.org", "https://localhost", "http://kit.example.org",
        "http://[::1]:80", "kit.example.org", "ftp://127.0.0.1", "https://", "http://[", "",
    ),
    "host": ("127.0.0.1", "::1", "0.0.0.0", "::", "192.0.2.7", "kit.example.org"),
    "lan": (False, False, True),
    "debug": (False, False, True),
    "proxies": (0, 1, 10, 11, -1),
    "trusted_hosts": ((), ("kit.example.org",), ("*",), ("kit.example.org", "*")),
    "demo": (False, False, True),
    "database": ("", POSTGRES.format("sc_app")),
    "owner_database": ("", POSTGRES.format("owner"), POSTGRES.format("sc_app")),
    "threads": (8, 1, 256, 0, 257),
    "most_body": (2_000_000, 10_000, 9_999, 1_000_000_001),
}  # fmt: skip


def is_unsafe(of: Mapping[str, Any]) -> bool:
    """Whether nobody should be let in to an instance with these settings."""
    public = str(of["public_url"])
    scheme, _, rest = public.partition("://")
    name = rest.split("]")[0].strip("[") if rest.startswith("[") else rest.split(":")[0].split("/")[0]
    no_address = scheme not in {"http", "https"} or not name or public == "http://["
    encrypted, seen = scheme == "https", of["host"] not in HERE or name not in HERE
    guessable = len(of["secret_key"]) < 32
    owner_serves = of["database"] != "" and of["database"] == of["owner_database"]
    return (
        guessable
        or no_address
        or (seen and not encrypted and not of["lan"])
        or (seen and of["debug"])
        or "*" in of["trusted_hosts"]
        or (encrypted and seen and of["host"] in HERE and of["proxies"] == 0)
        or owner_serves
        or (of["demo"] and encrypted)
        or not 0 <= of["proxies"] <= 10
        or not 1 <= of["threads"] <= 256
        or not 10_000 <= of["most_body"] <= 1_000_000_000
    )


def some(chance: Random, number: int) -> list[dict[str, Any]]:
    """Combinations, each setting from its choices; half of them with one thing alone that isn't usual."""
    usual = {name: choices[0] for name, choices in CHOICES.items()}
    every = [{name: chance.choice(choices) for name, choices in CHOICES.items()} for _ in range(number // 2)]
    pairs = [dict(usual, **{one: a, other: b}) for one, other in product(CHOICES, repeat=2) if one < other
             for a in CHOICES[one] for b in CHOICES[other]]  # fmt: skip
    return [*every, *chance.sample(pairs, min(number - len(every), len(pairs)))]


def refused(folder: Path, of: Mapping[str, Any]) -> str | None:
    """The sentence with which it is refused, or None."""
    try:
        refuse_unsafe(replace(Settings(data=folder), **of))
    except Misconfigured as error:
        return str(error.message)
    return None


def test_of_all_combinations_those_that_are_unsafe_are_refused_in_a_sentence(tmp_path: Path) -> None:
    tried = some(chances(FAULT), times(FAULT))
    said = [(each, refused(tmp_path, each)) for each in tried]
    wrong = [each for each, why in said if (why is not None) != is_unsafe(each)]
    assert wrong == []
    assert {why[-1] for _, why in said if why is not None} == {"."}
    safe = sum(why is None for _, why in said)
    say(f"{len(tried) - safe} unsafe, none started; {safe} safe, all accepted")
    assert 0 < safe < len(tried)


def test_serve_starts_with_none_of_them(tmp_path: Path) -> None:
    make_secret(tmp_path)
    chance, ended = chances(FAULT), 0
    unsafe = [each for each in some(chance, 20_000) if is_unsafe(each) and each["secret_key"] and not each["lan"]
              and not each["demo"]]  # fmt: skip
    for each in chance.sample(unsafe, times(FAULT) // 200):
        given = {name: ",".join(value) if isinstance(value, tuple) else str(value) for name, value in each.items()}
        settings = {PREFIX + name.upper(): value for name, value in given.items() if name not in {"lan", "demo"}}
        command = [*PROGRAM, "serve", "--data", str(tmp_path)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=30, env={**os.environ, **settings}
        )
        assert (done.returncode, done.stdout) == (1, ""), each
        assert done.stderr.strip().endswith("."), done.stderr
        assert "Traceback" not in done.stderr
        ended += 1
    say(f"serve: {ended} unsafe, none started")
