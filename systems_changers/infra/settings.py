"""Every setting of an instance: where it comes from, what it may be, and which combinations are too unsafe to start.

Order: the built-in value, then `settings.toml` in the data folder, then the environment (SYSTEMS_CHANGERS_…).
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.text import msg

PREFIX = "SYSTEMS_CHANGERS_"
LEAST_SECRET = 32
NEVER_KEPT = frozenset({"lan", "demo"})
"""What a command alone decides, or the folder: neither the file nor the environment may."""
PORTS = (1, 65535)
LEAST_TOKEN = 16
LOG_LEVELS = ("", "debug", "info", "warning", "error")
KNOWN_SECRETS = frozenset({"secret", "changeme", "dev", "development", "test", "password", "systems-changers"})


def setting(default: Any, meaning: str, *, secret: bool = False, within: tuple[int, int] | None = None) -> Any:
    """A setting with its built-in value and what it is for; a number has the least and the most that it may be."""
    made = {"default_factory": lambda: default} if isinstance(default, (list, dict)) else {"default": default}
    return field(**made, metadata={"meaning": meaning, "secret": secret, "within": within})


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in force. Sizes are bytes, durations whole hours."""

    data: Path = field(metadata={"meaning": "The data folder; everything that must be kept is in it.", "secret": False})
    database: str = setting("", "Database address for the application's role; empty means SQLite in the data folder.",
                            secret=True)  # fmt: skip
    owner_database: str = setting("", "Database address for the owner's role, for migrations only.", secret=True)
    secret_key: str = setting("", "Key for signing; made in the data folder when the instance is made.", secret=True)
    public_url: str = setting("http://127.0.0.1:8765", "The address people use; https unless it is this machine.")
    host: str = setting("127.0.0.1", "The address the server listens on.")
    port: int = setting(8765, "The port the server listens on.", within=PORTS)
    lan: bool = setting(False, "Serve plain HTTP to the local network, with a warning.")
    trusted_hosts: tuple[str, ...] = setting((), "Host names that may be asked for; needed beyond this machine.")
    proxies: int = setting(0, "How many reverse proxies stand in front and set X-Forwarded headers.", within=(0, 10))
    threads: int = setting(8, "Threads of the built-in server.", within=(1, 256))
    most_body: int = setting(2_000_000, "The largest request that is read, in bytes.", within=(10_000, 1_000_000_000))
    most_file: int = setting(20_000_000, "The largest file that is taken, in bytes.", within=(10_000, 200_000_000))
    partner_quota: int = setting(1_000_000_000, "How much all files of a partner may hold together, in bytes.",
                                 within=(10_000, 10_000_000_000_000))  # fmt: skip
    files: str = setting("", "Where files lie: s3://bucket/prefix for an object store; empty means the data folder.")
    files_endpoint: str = setting("", "Address of the object store, where it isn't Amazon's.")
    files_region: str = setting("us-east-1", "Region of the object store.")
    files_key: str = setting("", "Access key of the object store.", secret=True)
    files_secret: str = setting("", "Secret of that key.", secret=True)
    session_hours: int = setting(24 * 14, "How long a sign-in lasts.", within=(1, 24 * 366))
    mail_host: str = setting("", "Mail server; without one, mail is kept in the mailbox that the operator sees.")
    mail_port: int = setting(587, "Port of the mail server.", within=PORTS)
    mail_user: str = setting("", "User name at the mail server.")
    mail_password: str = setting("", "Password at the mail server.", secret=True)
    mail_from: str = setting("systems-changers@localhost", "The address mail comes from.")
    mail_tls: bool = setting(True, "Use STARTTLS with the mail server.")
    backup_folder: str = setting("", "Where timed backups are kept; empty means backups in the data folder.")
    backup_hours: int = setting(24, "How many hours lie between timed backups; 0 takes none.", within=(0, 24 * 366))
    backup_keep: int = setting(14, "How many timed backups are kept.", within=(1, 1000))
    backup_passphrase: str = setting("", "What locks the keys in a backup; without it they are left out.", secret=True)
    plugin_folder: str = setting("", "A trusted folder with one-file plugins.")
    log: str = setting(
        "", "The least that is logged: debug, info, warning or error; empty means info (a demo: warning)."
    )
    log_file: str = setting("", "File for the log, a new one each day; empty means standard error.")
    log_days: int = setting(30, "How many days log files are kept.", within=(1, 3650))
    metrics: bool = setting(False, "Tell figures about the server at /metrics.")
    metrics_token: str = setting("", "What must be shown to read them; without it, only this machine may.", secret=True)
    debug: bool = setting(False, "Show faults in full; this machine only.")
    demo: bool = setting(False, "Set by the kit: this data folder holds a demo.")

    @property
    def database_url(self) -> str:
        """Where the application connects."""
        return self.database or f"sqlite:///{self.data / 'systems-changers.db'}"

    @property
    def owner_url(self) -> str:
        """Where migrations connect."""
        return self.owner_database or self.database_url

    @property
    def backups(self) -> Path:
        """Where timed backups are kept, and those that commands take by themselves."""
        return Path(self.backup_folder) if self.backup_folder else self.data / "backups"

    @property
    def least_logged(self) -> str:
        """The least level that a server logs: debug, info, warning or error."""
        return self.log or ("warning" if self.demo else "info")

    @property
    def secure(self) -> bool:
        """Whether people reach the instance over HTTPS."""
        return (public := _split(self.public_url)) is not None and public.scheme == "https"

    @property
    def hosts(self) -> frozenset[str]:
        """Host names (without port) that the instance itself answers to, apart from partners' own domains."""
        own = ((public := _split(self.public_url)) and public.hostname) or ""
        local = {"127.0.0.1", "localhost", "::1"} if not self.secure else set()
        return frozenset({own, *local, *self.trusted_hosts} - {""})


def load_settings(data: Path, environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """The settings of the instance in `data`; raises Misconfigured with a sentence for what can't be read."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = _from_file(data / "settings.toml")
    for each in fields(Settings):
        text = environment.get(PREFIX + each.name.upper())
        if text is not None and each.name != "data":
            values[each.name] = text
    if values.keys() & NEVER_KEPT:
        name = min(values.keys() & NEVER_KEPT)
        raise Misconfigured(msg("There is no setting called %(name)s.", name=name))
    values.update({name: value for name, value in given.items() if value is not None})
    secret = data / "secret.key"
    if not values.get("secret_key") and secret.is_file():
        try:
            values["secret_key"] = secret.read_text("ascii").strip()
        except UnicodeDecodeError as error:
            raise Misconfigured(msg("%(file)s can't be read: %(why)s", file=str(secret), why=str(error))) from None
    values["demo"] = (data / "DEMO").is_file()
    known = {each.name for each in fields(Settings)}
    unknown = sorted(values.keys() - known)
    if unknown:
        raise Misconfigured(msg("There is no setting called %(name)s.", name=unknown[0]))
    return replace(Settings(data=data), **{name: _typed(name, value) for name, value in values.items()})


@dataclass(frozen=True, slots=True)
class Explained:
    """A setting in force: `source` is built in, settings.toml, secret.key, the folder, or a variable's name."""

    name: str
    value: Any
    source: str
    meaning: str


def explain_settings(data: Path, environment: Mapping[str, str] | None = None) -> list[Explained]:
    """Every setting in force and where it came from; of a secret only whether it is set. Raises Misconfigured."""
    environment = os.environ if environment is None else environment
    settings, kept = load_settings(data, environment), _from_file(data / "settings.toml")
    told = []
    for each in fields(Settings):
        value, variable = getattr(settings, each.name), PREFIX + each.name.upper()
        source = variable if variable in environment else "settings.toml" if each.name in kept else "built in"
        if each.name == "secret_key" and source == "built in" and value:
            source = "secret.key"
        if each.name in {"data", "demo"}:
            source = "the folder"
        shown = ("set" if value else "not set") if each.metadata["secret"] else value
        told.append(Explained(each.name, shown, source, each.metadata["meaning"]))
    return told


def _from_file(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(msg("%(file)s can't be read: %(why)s", file=str(file), why=str(error))) from None


def _typed(name: str, value: Any) -> Any:
    default = getattr(Settings(data=Path()), name)
    try:
        if isinstance(default, bool):
            return value if isinstance(value, bool) else _yes_no(str(value))
        if isinstance(default, int):
            return int(str(value))  # by its text: as a number, 2.5 would be cut to 2 in silence
        if isinstance(default, tuple):
            parts = value.split(",") if isinstance(value, str) else value
            return tuple(str(part).strip() for part in parts if str(part).strip())
        return str(value)
    except (TypeError, ValueError):
        raise Misconfigured(msg("The setting %(name)s can't be %(value)s.", name=name, value=str(value))) from None


def _yes_no(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off", ""):
        return False
    raise ValueError(text)


def make_secret(data: Path, known: str | None = None) -> str:
    """Make the instance's signing key, or keep a `known` one, readable by its owner alone; one that is there stays."""
    file = data / "secret.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(known or secrets.token_urlsafe(48), "ascii")
    return file.read_text("ascii").strip()


def is_this_machine(host: str) -> bool:
    """Whether a host name or address is the loopback."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def refuse_unsafe(settings: Settings) -> None:
    """Raise Misconfigured, with the way out, when the instance would not be safe to start."""
    for wrong, message in [*_beyond_bounds(settings), *_dangers(settings)]:
        if wrong:
            raise Misconfigured(message)


def _beyond_bounds(settings: Settings) -> list[tuple[bool, Any]]:
    bounds = [(each.name, *each.metadata["within"]) for each in fields(Settings) if each.metadata.get("within")]
    return [
        (not least <= getattr(settings, name) <= most,
         msg("The setting %(name)s is %(value)s, and must be from %(least)s to %(most)s.",
             name=name, value=getattr(settings, name), least=least, most=most))
        for name, least, most in bounds
    ]  # fmt: skip


def refuse_address(settings: Settings) -> None:
    """Raise Misconfigured for a public address that can't be one, or that is plain HTTP beyond this machine."""
    for wrong, message in _addresses(settings):
        if wrong:
            raise Misconfigured(message)


def _addresses(settings: Settings) -> list[tuple[bool, Any]]:
    public = _split(settings.public_url)
    return [
        (public is None or public.scheme not in ("http", "https") or not public.hostname,
         msg("public_url must be an address such as https://changers.example.org.")),
        (_is_beyond(settings.public_url) and not settings.secure and not settings.lan, _NEEDS_HTTPS),
    ]  # fmt: skip


_NEEDS_HTTPS = msg(
    "Beyond this machine people need HTTPS: set public_url to https://…, or try it out with `serve --lan`."
)


def _names_bucket(address: str) -> bool:
    place = _split(address)
    return place is not None and place.scheme == "s3" and bool(place.netloc)


def _is_beyond(address: str) -> bool:
    public = _split(address)
    return public is None or not is_this_machine(public.hostname or "")


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _dangers(settings: Settings) -> list[tuple[bool, Any]]:
    key = settings.secret_key
    beyond = not is_this_machine(settings.host) or _is_beyond(settings.public_url)
    sqlite = settings.database_url.startswith("sqlite")
    return [
        (not key, msg("There is no signing key yet: run `systems-changers init` first.")),
        (len(key) < LEAST_SECRET or key.lower() in KNOWN_SECRETS,
         msg("The signing key is too short or well known: remove secret_key, and one will be made.")),
        *_addresses(settings),
        (settings.debug and beyond, msg("debug shows faults in full, so it works on this machine only.")),
        (beyond and not settings.secure and not settings.lan, _NEEDS_HTTPS),
        (bool(settings.files) and not _names_bucket(settings.files),
         msg("files must name a bucket, such as s3://bucket/prefix, or be empty.")),
        (_is_beyond(settings.files_endpoint or "http://localhost") and not settings.files_endpoint.startswith("https:"),
         msg("Files go to the object store over HTTPS: set files_endpoint to an https address.")),
        ("*" in settings.trusted_hosts, msg("trusted_hosts must name hosts; * would trust any.")),
        (settings.secure and is_this_machine(settings.host) and settings.proxies == 0 and beyond,
         msg("HTTPS needs a reverse proxy in front: set proxies to 1 once it is there.")),
        (not sqlite and settings.owner_database == settings.database and bool(settings.database),
         msg("owner_database must be another role than database: the application may not own its tables.")),
        (settings.log not in LOG_LEVELS, msg("log must be debug, info, warning or error, or be empty.")),
        (bool(settings.metrics_token) and len(settings.metrics_token) < LEAST_TOKEN,
         msg("metrics_token is too short: use at least %(count)s characters.", count=LEAST_TOKEN)),
        (settings.demo and settings.secure, msg("This folder holds a demo; a demo never becomes a real instance.")),
    ]  # fmt: skip
