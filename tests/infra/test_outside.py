"""Asking addresses that people gave: what is never asked, and what an answer may be."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from systems_changers.infra.errors import Refused
from systems_changers.infra.outside import MOST_BYTES, Outside, _end, address_problem

NEVER = [
    "http://login.example.org/", "ftp://login.example.org/", "file:///etc/passwd", "gopher://login.example.org/",
    "https://", "https:///path", "//login.example.org", "login.example.org", "javascript:alert(1)",
    "https://user@login.example.org/", "https://user:word@login.example.org/", "https://login.example.org/#here",
    "https://login.example.org:0/", "https://login.example.org:99999/", "https://login example.org/",
    "https://login.example.org\\@127.0.0.1/", "https://login.example.org/\r\nHost: inside", "https://lögin.example.org/",
    "https://127.0.0.1/", "https://127.1.2.3/", "https://10.0.0.1/", "https://172.16.0.1/", "https://192.168.1.1/",
    "https://169.254.169.254/", "https://100.64.0.1/", "https://0.0.0.0/", "https://224.0.0.1/", "https://240.0.0.1/",
    "https://255.255.255.255/", "https://192.0.2.1/", "https://198.18.0.1/", "https://[::1]/", "https://[::]/",
    "https://[fe80::1]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://[ff02::1]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://[::127.0.0.1]/", "https://[2002:7f00:1::]/",
    "https://[64:ff9b::7f00:1]/", "https://[64:ff9b:1::1]/", "https://[2001:0:7f00:1::]/", "https://[2001:db8::1]/",
]  # fmt: skip
INSIDE = [
    "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.100.100.200", "0.0.0.0",
    "::1", "fe80::1%eth0", "fd00:ec2::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "224.0.0.1",
]  # fmt: skip
SPELT = ["2130706433", "0x7f000001", "017700000001", "127.1", "localhost", "metadata.google.internal", "a.local"]


@pytest.mark.parametrize("address", NEVER)
def test_what_may_never_be_asked(address: str) -> None:
    assert address_problem(address) is not None
    with pytest.raises(Refused) as refused:
        Outside(resolve=lambda _host, _port: ["8.8.8.8"]).get(address)
    assert refused.value.code == "outside_address"


@pytest.mark.parametrize(
    "address", ["https://login.example.org", "https://login.example.org:8443/a?b=c", "https://8.8.8.8/"]
)
def test_what_may_be_asked(address: str) -> None:
    assert address_problem(address) is None


@pytest.mark.parametrize("number", INSIDE)
def test_a_name_that_leads_inside_is_not_asked(number: str) -> None:
    for found in ([number], ["8.8.8.8", number]):
        with pytest.raises(Refused) as refused:
            Outside(resolve=lambda _host, _port, found=found: found).get("https://login.example.org/")  # type: ignore[misc]  # a loop's value, bound now
        assert refused.value.code == "outside_private"


@pytest.mark.parametrize("host", SPELT)
def test_a_number_in_another_spelling_leads_nowhere(host: str) -> None:
    with pytest.raises(Refused) as refused:
        Outside().get(f"https://{host}/")
    assert refused.value.code in {"outside_private", "outside_failed", "outside_address"}


def _sleeps(_host: str, _port: int) -> list[str]:
    time.sleep(3)
    return []


def test_a_name_is_resolved_once_and_in_time() -> None:
    asked: list[str] = []

    def first_fine_then_inside(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["192.0.2.1"] if len(asked) > 1 else ["203.0.113.9"]

    with pytest.raises(Refused):
        Outside(resolve=first_fine_then_inside, seconds=0.2).get("https://login.example.org/")
    assert asked == ["login.example.org"]
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        Outside(resolve=_sleeps, seconds=0.2).get("https://slow.example.org/")
    assert refused.value.code == "outside_failed"
    assert time.monotonic() - began < 2


class _Answers(BaseHTTPRequestHandler):
    """What a service may answer, by path."""

    def do_GET(self) -> None:
        bodies = {"/good": b'{"a": 1}', "/list": b"[1]", "/text": b"hello", "/deep": b"[" * 100_000,
                  "/large": b'{"a": "' + b"x" * MOST_BYTES + b'"}'}  # fmt: skip
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.end_headers()
            return
        self.send_response(200 if self.path in bodies else 404)
        self.end_headers()
        if self.path == "/drip":
            return
        self.wfile.write(bodies.get(self.path, b"{}"))

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f'{{"sent": "{sent}", "by": "{self.headers["Authorization"]}"}}'.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Drips(BaseHTTPRequestHandler):
    """A service that answers a letter at a time."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(100):
                self.wfile.write(b" ")
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _serve(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def here() -> Iterator[str]:
    yield from _serve(_Answers)


@pytest.fixture
def drips() -> Iterator[str]:
    yield from _serve(_Drips)


def test_this_machine_is_asked_only_to_try_things_out(here: str) -> None:
    assert Outside(here=True).get(f"{here}/good") == {"a": 1}
    for outside in (Outside(), Outside(resolve=lambda *_: ["127.0.0.1"])):
        with pytest.raises(Refused):
            outside.get(f"{here}/good")
    plain = Outside(here=True, resolve=lambda *_: ["93.184.216.34"])
    with pytest.raises(Refused) as refused:
        plain.get("http://login.example.org/")
    assert refused.value.code == "outside_address"
    sent = Outside(here=True).send(f"{here}/token", {"code": "x y"}, {"Authorization": "Basic abc"})
    assert sent == {"sent": "code=x+y", "by": "Basic abc"}


@pytest.mark.parametrize(
    ("path", "code"),
    [("moved", "outside_status"), ("nothing", "outside_status"), ("large", "outside_size"), ("list", "outside_json"),
     ("text", "outside_failed"), ("deep", "outside_json")],
)  # fmt: skip
def test_what_an_answer_may_not_be(here: str, path: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        Outside(here=True).get(f"{here}/{path}")
    assert refused.value.code == code


def test_an_answer_that_drips_is_ended(drips: str) -> None:
    began = time.monotonic()
    with pytest.raises(Refused) as refused:
        Outside(here=True, seconds=0.4).get(f"{drips}/")
    assert refused.value.code == "outside_failed"
    assert time.monotonic() - began < 2


class _Context:
    """What stands for TLS: it notes whose certificate it was to see, and lets the connection be as it is."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def wrap_socket(self, raw: socket.socket, *, server_hostname: str) -> socket.socket:
        self.asked.append(server_hostname)
        return raw


def test_a_certificate_is_for_the_name_and_not_for_the_number(here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port, context = here.rpartition(":")[2], _Context()
    monkeypatch.setattr(ssl, "create_default_context", lambda: context)
    asking = Outside(here=True, resolve=lambda *_: ["127.0.0.1"])
    assert asking.get(f"https://login.example.org:{port}/good") == {"a": 1}
    assert context.asked == ["login.example.org"]


def test_a_service_that_can_not_prove_itself_is_told_nothing(here: str) -> None:
    port = here.rpartition(":")[2]
    with pytest.raises(Refused) as refused:
        Outside(here=True, resolve=lambda *_: ["127.0.0.1"]).get(f"https://login.example.org:{port}/good")
    assert refused.value.code == "outside_failed"
    assert isinstance(refused.value.__cause__, ssl.SSLError)


def test_a_conversation_that_is_over_is_ended_without_a_word() -> None:
    one, other = socket.socketpair()
    with one, other:
        one.close()
        _end(one)
        _end(other)
        assert other.recv(1) == b""
