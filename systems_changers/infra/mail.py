"""Sends mail over SMTP; without a mail server it is kept in a mailbox folder that only the operator sees.

What must not be read there (a link that signs somebody in) is cut out before the file is written.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, make_msgid
from pathlib import Path

from systems_changers.infra.clock import Clock
from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.settings import Settings
from systems_changers.infra.slices import Slice

CUT = "[not shown here]"
SECONDS = 20
_NAME = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail of the mailbox; `text` is its plain part, empty in a list."""

    key: str
    to: str
    subject: str
    at: datetime
    text: str = ""


def compose(settings: Settings, *, to: str, subject: str, text: str, html: str | None = None) -> EmailMessage:
    """A mail with a plain part and, where given, an HTML part."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = settings.mail_from
    message["To"] = to
    message["Subject"] = " ".join(subject.split())
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or "localhost")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message


def send(settings: Settings, message: EmailMessage) -> None:
    """Hand the mail to the server; raises OSError or smtplib.SMTPException, for the outbox to try again."""
    with smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=SECONDS) as server:
        if settings.mail_tls:
            server.starttls(context=ssl.create_default_context())
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
        server.send_message(message)


def deliver(settings: Settings, message: EmailMessage, clock: Clock, *, hide: Sequence[str] = ()) -> None:
    """Send where there is a mail server, else keep in the mailbox without the secrets in `hide`."""
    if "Date" not in message:
        message["Date"] = format_datetime(clock.now())
    if settings.mail_host:
        send(settings, message)
    else:
        Mailbox(settings.data / "mailbox").keep(message, hide=hide)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Mails as .eml files in one folder, named by an identifier that sorts by time."""

    folder: Path

    def keep(self, message: EmailMessage, *, hide: Sequence[str] = ()) -> str:
        """Write the mail without the words in `hide`, and answer its key."""
        for secret in filter(None, hide):
            _cut(message, secret)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = new_id().hex
        file = self.folder / f"{key}.eml"
        file.touch(mode=0o600)
        file.write_bytes(message.as_bytes())
        return key

    def list(self, *, number: int = 1, size: int = 30) -> Slice[StoredMail]:
        """One page of the mailbox, newest first."""
        files = sorted(self.folder.glob("*.eml"), reverse=True) if self.folder.is_dir() else []
        chosen = files[(number - 1) * size : number * size]
        return Slice([_stored(file, whole=False) for file in chosen], len(files), number, size)

    def read(self, key: str) -> StoredMail:
        """One mail; raises NotFound."""
        file = self.folder / f"{key}.eml"
        if not _NAME.match(key) or not file.is_file():
            raise NotFound
        return _stored(file, whole=True)


def _cut(message: EmailMessage, secret: str) -> None:
    for part in message.walk():
        if part.get_content_maintype() == "text" and secret in part.get_content():
            part.set_content(part.get_content().replace(secret, CUT), subtype=part.get_content_subtype())


def _stored(file: Path, *, whole: bool) -> StoredMail:
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes(), headersonly=not whole)
    plain = message.get_body(("plain",)) if whole else None
    sent = message["Date"].datetime if message["Date"] else datetime.fromtimestamp(file.stat().st_mtime, UTC)
    text = plain.get_content() if plain is not None else ""
    return StoredMail(file.stem, str(message["To"]), str(message["Subject"]), sent, text)
