"""Starts a server on this machine, asks it once, and stops it: gunicorn with one worker of four threads, else waitress.

Only this machine's own address is served and asked.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from bench.processes import cpu_seconds, resident, tree

ROOT = Path(__file__).resolve().parents[1]
HOST = "127.0.0.1"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a path, what to send with it, and the status it must be answered with."""

    path: str
    cookie: str = ""
    body: str | None = None
    status: int = 200

    @property
    def headers(self) -> dict[str, str]:
        """As a browser would send them."""
        sent = {"Accept-Encoding": "identity"}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if self.body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        return sent


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back once."""

    status: int
    body: bytes
    cookies: str


@dataclass(slots=True)
class Server:
    """A server that runs: one worker of four threads."""

    process: subprocess.Popen[bytes]
    base: str
    log: Path
    first_answer: float = 0.0
    cpu_at_first_answer: float = 0.0

    def fetch(self, ask: Ask) -> Answer:
        """Ask once, following nothing."""
        return fetch(self.base + ask.path, ask)

    def check(self, ask: Ask) -> Answer:
        """Ask once and insist on the status, so that an error page is never measured."""
        answer = self.fetch(ask)
        if answer.status != ask.status:
            message = f"{ask.path} answered {answer.status}, not {ask.status}: {answer.body[:300]!r}"
            raise RuntimeError(message)
        return answer

    def worker_megabytes(self) -> float:
        """Memory of the process that answers."""
        return resident(tree(self.process.pid)[-1])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


def fetch(url: str, ask: Ask) -> Answer:
    """One answer, whatever its status."""
    request = urllib.request.Request(url, ask.body.encode() if ask.body is not None else None, ask.headers)
    try:
        with _opener.open(request, timeout=PATIENCE) as got:
            status, body, headers = got.status, got.read(), got.headers
    except urllib.error.HTTPError as error:
        status, body, headers = error.code, error.read(), error.headers
    cookies = "; ".join(value.split(";")[0] for value in headers.get_all("Set-Cookie") or [])
    return Answer(status, body, cookies)


@contextmanager
def serving(target: str, environment: Mapping[str, str], first: Ask) -> Iterator[Server]:
    """Serve the application `target` until the block ends; `first` is asked until it is answered."""
    log = Path(tempfile.mkstemp(prefix="bench-", suffix=".log")[1])
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    variables = {**os.environ, **environment, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": ""}
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            _command(target, port), cwd=ROOT, env=variables, stdout=out, stderr=out, start_new_session=True
        )
    server = Server(process, f"http://{HOST}:{port}", log)
    try:
        _wait(server, first)
        server.first_answer = time.perf_counter() - began
        server.cpu_at_first_answer = cpu_seconds(process.pid)
        yield server
    finally:
        _stop(process)
        log.unlink(missing_ok=True)


def _command(target: str, port: int) -> list[str]:
    if find_spec("gunicorn") is not None:
        options = ["-w1", "-kgthread", "--threads=4", f"-b{HOST}:{port}", "--no-control-socket"]
        return [sys.executable, "-m", "gunicorn", *options, target]
    return [sys.executable, "-m", "waitress", "--threads=4", f"--listen={HOST}:{port}", target]


def _wait(server: Server, first: Ask) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.process.poll() is None:
        try:
            server.check(first)
        except (OSError, urllib.error.URLError):
            time.sleep(0.01)
        else:
            return
    message = f"the server never answered:\n{server.log.read_text('utf-8', 'replace')[-3000:]}"
    raise RuntimeError(message)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, sign)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            continue
        return
