"""What a doctor looks at on the machine: the data folder, the key, the settings, the way in, the mail server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.findings import Check, Finding, broken, doubtful, fine
from systems_changers.infra.settings import Settings, refuse_unsafe
from systems_changers.infra.text import msg

SECONDS = 3
ENDS_SOON = timedelta(days=14)
LITTLE, VERY_LITTLE = 2_000_000_000, 300_000_000
EXPOSED = 0o077


def data_folder(settings: Settings) -> Finding:
    """Whether it can be written, and by its owner alone."""
    folder = settings.data
    if not os.access(folder, os.W_OK | os.X_OK):
        return broken(msg("The data folder %(folder)s can't be written to.", folder=str(folder)),
                      msg("Give it to the user that runs the server."))  # fmt: skip
    if os.name == "posix" and folder.stat().st_mode & EXPOSED:
        return doubtful(msg("Other users of this machine can look into the data folder."),
                        msg("Take their rights away: chmod 700 %(folder)s", folder=str(folder)),
                        lambda: folder.chmod(0o700))  # fmt: skip
    return fine(msg("The data folder can be written to, and is its owner's alone."))


def disk(settings: Settings) -> Finding:
    """How much room is left where the data is."""
    free = shutil.disk_usage(settings.data).free
    room = msg("%(size)s GB are free where the data is kept.", size=round(free / 1e9, 1))
    fix = msg("Make room, or move the data folder to a larger disk.")
    return broken(room, fix) if free < VERY_LITTLE else doubtful(room, fix) if free < LITTLE else fine(room)


def secret_key(settings: Settings) -> Finding:
    """Whether the signing key's file is its owner's alone."""
    file = settings.data / "secret.key"
    if not file.is_file():
        return fine(msg("The signing key is set outside the data folder."))
    if os.name == "posix" and file.stat().st_mode & EXPOSED:
        return broken(msg("Other users of this machine can read the signing key."),
                      msg("Take their rights away: chmod 600 %(file)s", file=str(file)),
                      lambda: file.chmod(0o600))  # fmt: skip
    return fine(msg("The signing key can be read by its owner alone."))


def safe_settings(settings: Settings) -> Finding:
    """Whether the server would start with these settings."""
    try:
        refuse_unsafe(settings)
    except Misconfigured as error:
        return broken(error.message, msg("Change it in settings.toml in the data folder, or in the environment."))
    return fine(msg("The settings are safe to start with."))


def hosts(settings: Settings) -> Finding:
    """Which names the instance answers to."""
    return fine(msg("It answers to these names, and to partners' own: %(hosts)s.",
                    hosts=", ".join(sorted(settings.hosts))))  # fmt: skip


def proxy(settings: Settings) -> Finding:
    """Whether forwarded addresses are believed of as many proxies as there can be."""
    if settings.proxies and not settings.secure:
        return doubtful(msg("A proxy is believed, and people come over plain HTTP: anybody could claim an address."),
                        msg("Set proxies to 0, or public_url to an https address."))  # fmt: skip
    if settings.proxies:
        return fine(msg("X-Forwarded headers of the reverse proxy are believed."))
    return fine(msg("X-Forwarded headers are believed of nobody."))


def certificate(settings: Settings) -> Finding:
    """Whether the certificate at the public address holds, and for how long."""
    if not settings.secure:
        return fine(msg("People come over plain HTTP, on this machine or its network: no certificate is needed."))
    import socket  # slow: only where there is a certificate to look at
    import ssl  # slow: as above

    address = urlsplit(settings.public_url)
    host, port = address.hostname or "", address.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured,
        ):
            told = secured.getpeercert() or {}
    except OSError as error:
        return broken(msg("%(host)s can't be reached over HTTPS: %(why)s", host=host, why=str(error)),
                      msg("Look at the reverse proxy and its certificate."))  # fmt: skip
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC)
    sentence = msg("The certificate of %(host)s holds until %(day)s.", host=host, day=ends.date())
    return doubtful(sentence, msg("Renew it.")) if ends - datetime.now(UTC) < ENDS_SOON else fine(sentence)


def mail(settings: Settings) -> Finding:
    """Whether the mail server answers; no mail is sent."""
    if not settings.mail_host:
        return doubtful(msg("There is no mail server: mail is kept in the operator's mailbox."),
                        msg("Set mail_host and what goes with it, so that people get their invitations."))  # fmt: skip
    import smtplib  # slow: only where mail goes out
    import ssl  # slow: as above

    try:
        with smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=SECONDS) as server:
            if settings.mail_tls:
                server.starttls(context=ssl.create_default_context())
            if settings.mail_user:
                server.login(settings.mail_user, settings.mail_password)
    except (OSError, smtplib.SMTPException) as error:
        return broken(msg("The mail server %(host)s does not take mail: %(why)s", host=settings.mail_host,
                          why=type(error).__name__),
                      msg("Look at mail_host, mail_port, mail_tls, mail_user and mail_password."))  # fmt: skip
    return fine(msg("The mail server %(host)s answers.", host=settings.mail_host))


def database_file(settings: Settings) -> Finding:
    """Whether SQLite's file is its owner's alone."""
    file = Path(settings.data / "systems-changers.db")
    if settings.database or not file.exists() or os.name != "posix" or not file.stat().st_mode & EXPOSED:
        return fine(msg("The database is nobody else's to read on this machine."))
    return broken(msg("Other users of this machine can read the database."),
                  msg("Take their rights away: chmod 600 %(file)s", file=str(file)),
                  lambda: file.chmod(0o600))  # fmt: skip


MACHINE: Sequence[Check] = (
    Check("data-folder", data_folder),
    Check("disk", disk),
    Check("secret-key", secret_key),
    Check("database-file", database_file),
    Check("settings", safe_settings),
    Check("hosts", hosts),
    Check("proxy-headers", proxy),
    Check("certificate", certificate),
    Check("mail-server", mail),
)
