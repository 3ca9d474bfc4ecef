"""Serving as a person starts it: what is printed, who gets in, and how it ends; a real process on a free port."""

from __future__ import annotations

import io
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email.message import Message
from pathlib import Path

import pytest
import segno

from systems_changers.cli import serving
from systems_changers.infra.settings import Settings, load_settings
from systems_changers.web.cookies import Cookies

PROGRAM = [sys.executable, "-c", "from systems_changers.cli import main; main()"]
WARNING = "Anybody on this network can read along: plain HTTP is for trying it out."
PATIENCE = 20.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real instance's folder."""
    folder = tmp_path_factory.mktemp("serving") / "instance"
    answers = ["--partner", "Corra", "--name", "Ada", "--email", "ada@example.org", "--yes"]
    subprocess.run([*PROGRAM, "init", "--data", str(folder), *answers], check=True, capture_output=True)
    return folder


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@dataclass
class Served:
    """A server that runs, its port, and what it printed once it had begun."""

    process: subprocess.Popen[str]
    port: int
    said: str

    def ask(self, address: str = "127.0.0.1", path: str = "/sign-in", host: str = "") -> tuple[int, Message]:
        """The status and headers of a page, asked of an address of this machine."""
        wanted = urllib.request.Request(f"http://{address}:{self.port}{path}")
        wanted.add_header("Host", host or f"{address}:{self.port}")
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(wanted, timeout=5) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers


@contextmanager
def served(data: Path, *words: str, end: signal.Signals = signal.SIGINT) -> Iterator[Served]:
    """`serve` with these words; it is ended in order at the end, and has to end well."""
    port, command = free_port(), [*PROGRAM, "serve", "--data", str(data), *words]
    log = data.with_name("said.txt")
    with log.open("w", encoding="utf-8") as out:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=out, stderr=subprocess.STDOUT, text=True)
        try:
            until = time.monotonic() + PATIENCE
            while not (said := log.read_text("utf-8")).endswith("\n") or not _listens(port):
                assert process.poll() is None, said
                assert time.monotonic() < until, said
                time.sleep(0.05)
            yield Served(process, port, said)
            process.send_signal(end)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refused(data: Path, *words: str) -> str:
    """What `serve` says instead of serving: one sentence, and no traceback."""
    command = [*PROGRAM, "serve", "--data", str(data), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def cookies(headers: Message) -> list[str]:
    return headers.get_all("Set-Cookie") or []


def test_serving_keeps_to_this_machine(data: Path) -> None:
    with served(data) as server:
        assert f"Open http://127.0.0.1:{server.port}/" in server.said
        assert "Stop with Ctrl+C." in server.said
        assert WARNING not in server.said
        status, headers = server.ask()
        assert status == 200
        (cookie,) = cookies(headers)
        assert cookie.startswith("sc-visit=")
        assert "Secure" not in cookie
        assert server.ask(host="elsewhere.example.org")[0] == 404
        with socket.socket() as probe:
            address = serving._lan_address()
            assert address == "127.0.0.1" or probe.connect_ex((address, server.port)) != 0


def test_the_local_network_is_let_in_with_a_warning_and_a_code(data: Path) -> None:
    address = serving._lan_address()  # this machine's own where it is in no network
    with served(data, "--lan", end=signal.SIGTERM) as server:
        assert f"Open http://{address}:{server.port}/" in server.said
        assert WARNING in server.said
        code = io.StringIO()
        segno.make(f"http://{address}:{server.port}/", error="m").terminal(out=code, compact=True)
        assert code.getvalue().strip() in server.said
        status, headers = server.ask(address)
        assert status == 200
        (cookie,) = cookies(headers)
        assert cookie.startswith("sc-visit=")
        assert "Secure" not in cookie
        assert "Strict-Transport-Security" not in headers
        assert server.ask(address, host="elsewhere.example.org")[0] == 404
        assert server.ask()[0] == 200


def test_for_a_program_it_is_one_line_of_json_with_the_address(data: Path) -> None:
    with served(data, "--json") as server:
        assert json.loads(server.said) == {"url": f"http://127.0.0.1:{server.port}", "data": str(data)}


def test_a_port_that_is_taken(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} is taken: choose another with --port." in refused(data, "--port", port)


def test_what_cannot_be_served_says_the_way_out(data: Path, tmp_path: Path) -> None:
    assert "systems-changers init" in refused(tmp_path / "nothing")
    assert "70000" in refused(data, "--port", "70000")
    assert "serve --lan" in refused(data, "--host", "0.0.0.0")


# --- what the words make of the settings ---


def test_lan_is_plain_http_even_where_https_is_set_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a phone would be given cookies that it never sends back over plain HTTP."""
    monkeypatch.setattr(serving, "_lan_address", lambda: "192.0.2.7")
    settings = load_settings(data, {}, public_url="https://changers.example.org", proxies=1, port=9000)
    assert Cookies(settings.secure, "k").name("session") == "__Host-sc-session"
    opened = serving._opened(settings, lan=True)
    assert (opened.public_url, opened.host, opened.lan) == ("http://192.0.2.7:9000", "0.0.0.0", True)
    assert Cookies(opened.secure, "k").name("session") == "sc-session"
    assert "192.0.2.7" in opened.hosts
    assert serving._opened(settings, lan=False) == settings


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://127.0.0.1:9000"), ("::1", "http://[::1]:9000")])
def test_the_port_is_in_the_public_address(host: str, address: str) -> None:
    opened = serving._opened(replace(Settings(data=Path()), host=host, port=9000), lan=False)
    assert opened.public_url == address
