"""Mail goes to the server where there is one, else into a mailbox that never shows a link that signs in."""

import errno
import smtplib
import socket
import ssl
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import ClassVar, Self

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler

from systems_changers.infra import mail
from systems_changers.infra.errors import NotFound
from systems_changers.infra.settings import Settings

SECRET = "https://changers.example.org/p/corra/sign-in/link/s3cr3t-s3cr3t"


def letter(subject: str = "Your link") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "kit@example.org", "morag@example.org"
    message.set_content(f"Hello Morag, fàilte.\n{SECRET}\nIt works once.\n")
    message.add_alternative(f'<p>Hello <a href="{SECRET}">Morag</a></p>', subtype="html")
    return message


def test_without_a_server_it_is_kept(tmp_path: Path) -> None:
    mail.deliver(Settings(data=tmp_path), letter("Cuireadh"))
    box = mail.Mailbox(tmp_path / "mailbox")
    stored = box.read(box.list().rows[0].key)
    assert (stored.to, stored.subject) == ("morag@example.org", "Cuireadh")
    assert stored.text == f"Hello Morag, fàilte.\n{SECRET}\nIt works once.\n"


def test_of_a_secret_one_no_link_is_kept_anywhere(tmp_path: Path) -> None:
    mail.deliver(Settings(data=tmp_path), letter(), secret=True)
    file = next((tmp_path / "mailbox").glob("*.eml"))
    whole = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    assert all(b"s3cr3t" not in (part.get_payload(decode=True) or b"") for part in whole.walk())
    assert b"s3cr3t" not in file.read_bytes()
    stored = mail.Mailbox(tmp_path / "mailbox").read(file.stem)
    assert stored.text == f"Hello Morag, fàilte.\n{mail.CUT}\nIt works once.\n"


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    mail.deliver(Settings(data=tmp_path), letter())
    folder = tmp_path / "mailbox"
    assert folder.stat().st_mode & 0o077 == 0
    assert next(folder.glob("*.eml")).stat().st_mode & 0o077 == 0


def test_the_newest_comes_first_in_pages(tmp_path: Path) -> None:
    box = mail.Mailbox(tmp_path)
    keys = [box.keep(letter(f"number {number}")) for number in range(5)]
    first = box.list(number=1, size=2)
    assert (first.total, first.pages) == (5, 3)
    assert {row.key for page in (1, 2, 3) for row in box.list(number=page, size=2).rows} == set(keys)


def test_an_empty_mailbox_is_a_list_of_nothing(tmp_path: Path) -> None:
    assert mail.Mailbox(tmp_path / "none").list().total == 0


@pytest.mark.parametrize("key", ["", "../secret", "0" * 32, "x" * 32, "0" * 31 + "/"])
def test_only_its_own_files_are_read(tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.eml").write_text("no")
    with pytest.raises(NotFound):
        mail.Mailbox(tmp_path / "box").read(key)


class KeptMail(Handler):
    """Keeps what a mail server was handed."""

    def __init__(self) -> None:
        super().__init__()
        self.got: list[str] = []

    def handle_message(self, message: object) -> None:
        self.got.append(str(message))


def test_a_server_gets_it_whole(tmp_path: Path) -> None:
    handler = KeptMail()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        settings = Settings(data=tmp_path, mail_host="127.0.0.1", mail_port=port, mail_tls=False)
        sent = letter()
        sent[mail.PARTNER_HEADER] = "whose it is"
        mail.deliver(settings, sent, secret=True)
    finally:
        controller.stop()
    assert len(handler.got) == 1
    assert "Your link" in handler.got[0]
    assert "s3cr3t" in handler.got[0]
    assert "Date: " in handler.got[0]
    assert "whose it is" not in handler.got[0]
    assert not (tmp_path / "mailbox").exists()


def test_a_server_that_is_away_raises_for_the_outbox(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, mail_host="127.0.0.1", mail_port=1, mail_tls=False)
    with pytest.raises(OSError, match=r".+"):
        mail.deliver(settings, letter())


class Told:
    """A mail server that notes what it is asked."""

    asked: ClassVar[list[tuple[object, ...]]] = []

    def __init__(self, host: str, port: int, timeout: float) -> None:
        self.asked.append(("connect", host, port))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.asked.append(("quit",))

    def starttls(self, *, context: ssl.SSLContext) -> None:
        self.asked.append(("starttls", context.verify_mode, context.check_hostname))

    def login(self, user: str, password: str) -> None:
        self.asked.append(("login", user, password))

    def send_message(self, message: EmailMessage) -> None:
        self.asked.append(("send", message["Date"]))


def test_a_server_is_proven_before_it_is_told_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtplib, "SMTP", Told)
    monkeypatch.setattr(Told, "asked", [])
    sent = letter()
    sent["Date"] = "Fri, 27 Mar 2026 09:30:00 +0000"
    settings = Settings(data=tmp_path, mail_host="mail.example.org", mail_user="kit", mail_password="hush")
    mail.deliver(settings, sent)
    assert Told.asked == [
        ("connect", "mail.example.org", settings.mail_port),
        ("starttls", ssl.CERT_REQUIRED, True),
        ("login", "kit", "hush"),
        ("send", "Fri, 27 Mar 2026 09:30:00 +0000"),
        ("quit",),
    ]


def test_half_a_mail_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, content: bytes) -> int:
        with file.open("wb") as stream:
            stream.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space left"):
            mail.Mailbox(tmp_path).keep(letter())
    assert list(tmp_path.iterdir()) == []
