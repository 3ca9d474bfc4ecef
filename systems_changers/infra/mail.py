"""Sends mail over SMTP; without a mail server it is kept in a mailbox folder that only the operator sees.

What must not be read there (a link that signs somebody in) is cut out before the file is written.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid, parseaddr
from pathlib import Path
from uuid import UUID

from systems_changers.infra.errors import NotFound
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.settings import Settings
from systems_changers.infra.slices import Slice

CUT = "[not shown here]"
PARTNER_HEADER = "X-Systems-Changers-Partner"
"""Whose a mail in the mailbox is, by id; it isn't sent."""
SECONDS = 20
_LINK = re.compile(r"\S+://\S+")
_NAME = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One mail of the mailbox; `text` is its plain part, empty in a list."""

    key: str
    to: str
    subject: str
    at: datetime
    text: str = ""


def send(settings: Settings, message: EmailMessage) -> None:
    """Hand the mail to the server; raises OSError or smtplib.SMTPException, for the outbox to try again."""
    import smtplib  # slow: only where mail goes out
    import ssl  # slow: as above

    with smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=SECONDS) as server:
        if settings.mail_tls:
            server.starttls(context=ssl.create_default_context())
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
        server.send_message(message)


def deliver(settings: Settings, message: EmailMessage, *, secret: bool = False) -> None:
    """Send where there is a mail server, else keep in the mailbox; of a `secret` mail without its links."""
    for name, value in (
        ("Date", format_datetime(datetime.now(UTC))),
        ("Message-ID", make_msgid(domain=settings.mail_from.rpartition("@")[2] or "localhost")),
        ("Auto-Submitted", "auto-generated"),
    ):
        if name not in message:
            message[name] = value
    if settings.mail_host:
        del message[PARTNER_HEADER]
        send(settings, message)
    else:
        Mailbox(settings.data / "mailbox").keep(message, secret=secret)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Mails as .eml files in one folder, named by an identifier that sorts by time."""

    folder: Path

    def keep(self, message: EmailMessage, *, secret: bool = False) -> str:
        """Write the mail and answer its key; of a `secret` one only the plain text, every link cut out."""
        if secret:
            plain = message.get_body(("plain",))
            text = plain.get_content() if plain is not None else ""
            message.clear_content()
            message.set_content(_LINK.sub(CUT, text))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = new_id().hex
        file = self.folder / f"{key}.eml"
        file.touch(mode=0o600)
        try:
            file.write_bytes(message.as_bytes())
        except OSError:
            file.unlink()  # half a mail on a full disk; the outbox tries again
            raise
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

    def forget(self, partner_id: UUID, addresses: Collection[str]) -> int:
        """Delete this partner's mails to exactly these addresses (in lower case); answers how many.

        A mail that doesn't say whose it is stays: it may be another partner's.
        """
        files = list(self.folder.glob("*.eml")) if self.folder.is_dir() else []
        gone = [file for file in files if _is_to(_headers(file), partner_id, addresses)]
        for file in gone:
            file.unlink(missing_ok=True)
        return len(gone)


def _is_to(message: EmailMessage, partner_id: UUID, addresses: Collection[str]) -> bool:
    return message[PARTNER_HEADER] == str(partner_id) and parseaddr(str(message["To"]))[1].lower() in addresses


def _headers(file: Path, *, whole: bool = False) -> EmailMessage:
    from email import policy  # slow: only the operator reads mail
    from email.parser import BytesParser  # slow: as above

    return BytesParser(policy=policy.default).parsebytes(file.read_bytes(), headersonly=not whole)


def _stored(file: Path, *, whole: bool) -> StoredMail:
    message = _headers(file, whole=whole)
    plain = message.get_body(("plain",)) if whole else None
    sent = message["Date"].datetime if message["Date"] else datetime.fromtimestamp(file.stat().st_mtime, UTC)
    text = plain.get_content() if plain is not None else ""
    return StoredMail(file.stem, str(message["To"]), str(message["Subject"]), sent, text)
