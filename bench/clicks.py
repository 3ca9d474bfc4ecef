"""Loads one address for a while over kept connections: a stand-in for wrk where that is not installed.

Runs as a process of its own, so that its work is not counted as the server's. This machine's addresses only.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit
from uuid import uuid4

LOOPBACK = "127.0.0.1"


@dataclass(slots=True)
class Tally:
    """How many answers came, and how many of them were errors."""

    done: int = 0
    bad: int = 0


def click(url: str, headers: Mapping[str, str], body: str | None, until: float, tally: Tally) -> None:
    """Ask again and again on one connection until the time is over."""
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection = HTTPConnection(LOOPBACK, parts.port or 80, timeout=30)
    while time.monotonic() < until:
        try:
            fresh = body and body.replace("{number}", uuid4().hex)
            connection.request("POST" if body else "GET", path, fresh, dict(headers))
            answer = connection.getresponse()
            answer.read()
            tally.bad += answer.status >= 400
            tally.done += 1
        except (OSError, HTTPException):
            connection.close()
    connection.close()


def main() -> None:
    """Print `{"done": …, "bad": …}`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--header", action="append", default=[])
    parser.add_argument("--body")
    given = parser.parse_args()
    if urlsplit(given.url).hostname != LOOPBACK:
        parser.error(f"only {LOOPBACK} is loaded")
    headers = dict(header.split(": ", 1) for header in given.header)
    until = time.monotonic() + given.seconds
    tallies = [Tally() for _ in range(given.connections)]
    threads = [threading.Thread(target=click, args=(given.url, headers, given.body, until, tally)) for tally in tallies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"done": sum(each.done for each in tallies), "bad": sum(each.bad for each in tallies)}))


if __name__ == "__main__":
    main()
