"""Asks addresses that people gave: only over HTTPS, never a private network, without redirects, little and soon.

A name is resolved once, and the address that was judged is the one that is connected to: it can't change in between.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, Queue
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

from systems_changers.infra.errors import Refused
from systems_changers.infra.text import Message, msg

SECONDS = 5.0
MOST_BYTES = 256 * 1024
LONGEST = 500
CARRIERS = tuple(IPv6Network(each) for each in ("64:ff9b::/32", "2001::/32", "2002::/16", "::/96"))
"""IPv6 addresses with an IPv4 one inside, which a gateway on the way might follow into a private network."""
UNREACHABLE = msg("The sign-in service did not answer as it should.")

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], list[str]]


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def address_problem(address: str, *, here: bool = False) -> Message | None:
    """Why this address may not be asked as far as its text tells, or None; `here` as Outside has it."""
    parts = _split(address)
    schemes = ("https", "http") if here else ("https",)
    if parts is None or parts.scheme not in schemes or not parts.hostname or parts.fragment:
        return msg("Enter an address such as https://login.example.org.")
    if "@" in parts.netloc or len(address) > LONGEST or not address.isascii() or not address.isprintable():
        return msg("Enter an address such as https://login.example.org.")
    if " " in address or "\\" in address:
        return msg("Enter an address such as https://login.example.org.")
    try:
        number = ip_address(parts.hostname)
    except ValueError:
        return None
    return None if _may_ask(number, here=here) else msg("This address lies inside a private network.")


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    return parts if port != 0 else None


def _may_ask(address: Address, *, here: bool) -> bool:
    inner = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    if inner is not None:
        return _may_ask(inner, here=here)
    if address.is_loopback:
        return here
    if isinstance(address, IPv6Address) and (address.is_site_local or any(address in each for each in CARRIERS)):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


@dataclass(frozen=True, slots=True)
class Outside:
    """How other servers are asked. `here` lets this machine itself be asked, over plain HTTP too, to try things out."""

    here: bool = False
    resolve: Resolve = _resolve
    seconds: float = SECONDS

    def get(self, address: str) -> dict[str, Any]:
        """A JSON object. Raises Refused (code outside_…) for whatever else, and for addresses that aren't asked."""
        return self._ask("GET", address, None, {})

    def send(self, address: str, fields: Mapping[str, str], headers: Mapping[str, str]) -> dict[str, Any]:
        """What a form is answered with: a JSON object. Raises Refused as `get` does."""
        form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self._ask("POST", address, urlencode(fields).encode(), form)

    def _ask(self, method: str, address: str, body: bytes | None, headers: Mapping[str, str]) -> dict[str, Any]:
        if address_problem(address, here=self.here) is not None:
            raise Refused(UNREACHABLE, code="outside_address")
        parts, until = urlsplit(address), time.monotonic() + self.seconds
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        said = {"Host": parts.netloc, "Accept": "application/json", "Accept-Encoding": "identity",
                "User-Agent": "systems-changers", "Connection": "close", **headers}  # fmt: skip
        try:
            connection = self._connected(parts, until)
            ending = threading.Timer(max(0.01, until - time.monotonic()), _end, [connection.sock])
            ending.daemon = True
            ending.start()
            try:
                connection.request(method, path, body, said)
                return _read(connection)
            finally:
                ending.cancel()
                connection.close()
        except (OSError, HTTPException, ValueError, AttributeError) as error:
            # AttributeError: what http.client meets where the socket was ended under it
            raise Refused(UNREACHABLE, code="outside_failed") from error

    def _connected(self, parts: SplitResult, until: float) -> HTTPConnection:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        number = self._judged(host, port, plain=parts.scheme == "http", until=until)
        connection = HTTPConnection(host, port)
        connection.sock = socket.create_connection((number, port), timeout=max(0.01, until - time.monotonic()))
        if parts.scheme == "https":
            import ssl  # slow: only what asks elsewhere needs it

            context, raw = ssl.create_default_context(), connection.sock
            try:
                connection.sock = context.wrap_socket(raw, server_hostname=host)
            except BaseException:
                raw.close()
                raise
        return connection

    def _judged(self, host: str, port: int, *, plain: bool, until: float) -> str:
        """The number to connect to; every one that the name has must be allowed."""
        found = _in_time(lambda: self.resolve(host, port), until)
        numbers = [ip_address(each.partition("%")[0]) for each in found]
        if not numbers or not all(_may_ask(each, here=self.here) for each in numbers):
            raise Refused(UNREACHABLE, code="outside_private")
        if plain and not all(each.is_loopback for each in numbers):
            raise Refused(UNREACHABLE, code="outside_address")
        return found[0]


def _in_time(work: Callable[[], list[str]], until: float) -> list[str]:
    """What `work` answers, unless it takes too long: names are resolved without a time limit of their own."""
    answers: Queue[list[str] | OSError] = Queue()

    def run() -> None:
        try:
            answers.put(work())
        except (OSError, UnicodeError) as error:
            answers.put(OSError(str(error)))

    threading.Thread(target=run, daemon=True).start()
    try:
        found = answers.get(timeout=max(0.01, until - time.monotonic()))
    except Empty:
        raise TimeoutError from None
    if isinstance(found, OSError):
        raise found
    return found


def _end(sock: socket.socket) -> None:
    """End a conversation that goes on for too long, however it drips."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _read(connection: HTTPConnection) -> dict[str, Any]:
    with connection.getresponse() as response:
        if response.status != 200:  # noqa: PLR2004 - the status of HTTP that means well
            raise Refused(UNREACHABLE, code="outside_status")
        raw = response.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        raise Refused(UNREACHABLE, code="outside_size")
    try:
        found = json.loads(raw)
    except RecursionError as error:
        raise Refused(UNREACHABLE, code="outside_json") from error
    if not isinstance(found, dict):
        raise Refused(UNREACHABLE, code="outside_json")
    return found
