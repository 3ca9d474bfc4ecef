"""A stand-in for an object store: enough of S3 over plain HTTP for what the kit sends, and a mood that a test sets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

PAGE = 2
KEY = "the-key"


@dataclass
class Bucket:
    """What it holds, by path with the bucket's name; while `failing` is set, every request is answered with it."""

    address: str = ""
    held: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    failing: int = 0


@contextmanager
def open_bucket() -> Iterator[Bucket]:
    """A server on this machine for as long as the block."""
    bucket = Bucket()

    class Handler(_Handler):
        at = bucket

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    bucket.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield bucket
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    at: Bucket

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._refused():
            return
        self.at.held[self._path()] = (body, datetime.now(UTC))
        self._answer(200, etag=md5(body).hexdigest())

    def do_GET(self) -> None:
        if self._refused():
            return
        asked = parse_qs(urlsplit(self.path).query)
        if "list-type" in asked:
            self._answer(200, self._listed({name: values[0] for name, values in asked.items()}))
        else:
            self._one()

    def do_HEAD(self) -> None:
        if not self._refused():
            self._one()

    def do_POST(self) -> None:
        """Delete several at once, which is how the client deletes one."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._refused():
            return
        names = [each.text or "" for each in ET.fromstring(body).iter() if each.tag.endswith("Key")]
        for name in names:
            self.at.held.pop(f"{self._path().rstrip('/')}/{name}", None)
        gone = "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names)
        self._answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())

    def _one(self) -> None:
        found = self.at.held.get(self._path())
        if found is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._answer(200, found[0], changed=found[1], etag=md5(found[0]).hexdigest())

    def _listed(self, asked: dict[str, str]) -> bytes:
        """Two at a time, so that whoever lists must turn the page."""
        bucket = self._path().strip("/")
        after = asked.get("continuation-token", "")
        names = sorted(
            name
            for path in self.at.held
            if (name := path.removeprefix(f"/{bucket}/")).startswith(asked.get("prefix", "")) and name > after
        )
        parts = [
            f"<Contents><Key>{escape(name)}</Key><LastModified>{at:%Y-%m-%dT%H:%M:%S.000Z}</LastModified>"
            f"<ETag>x</ETag><Size>{len(body)}</Size></Contents>"
            for name in names[:PAGE]
            for body, at in [self.at.held[f"/{bucket}/{name}"]]
        ]
        more = len(names) > PAGE
        token = f"<NextContinuationToken>{escape(names[PAGE - 1])}</NextContinuationToken>" if more else ""
        head = f"<Name>{bucket}</Name><IsTruncated>{str(more).lower()}</IsTruncated>{token}"
        return f"<ListBucketResult>{head}{''.join(parts)}</ListBucketResult>".encode()

    def _path(self) -> str:
        return unquote(urlsplit(self.path).path)

    def _refused(self) -> bool:
        self.at.asked.append(f"{self.command} {self._path()}")
        if self.at.failing:
            self._answer(self.at.failing)
        elif f"Credential={KEY}/" not in self.headers.get("Authorization", ""):
            self._answer(403)
        else:
            return False
        return True

    def _answer(self, status: int, body: bytes = b"", *, changed: datetime | None = None, etag: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if etag:
            self.send_header("ETag", f'"{etag}"')
        if changed:
            self.send_header("Last-Modified", format_datetime(changed, usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""
