"""An unsafe configuration does not start, and says why; a safe one does."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.paths import PACKAGE
from systems_changers.infra.settings import (
    Settings,
    explain_settings,
    is_this_machine,
    load_settings,
    make_secret,
    refuse_address,
    refuse_unsafe,
)

KEY = "k" * 40
SAFE: dict[str, Any] = {"secret_key": KEY}
PUBLIC: dict[str, Any] = {"secret_key": KEY, "public_url": "https://kit.example.org", "proxies": 1}

UNSAFE: dict[str, dict[str, Any]] = {
    "no key": {},
    "a short key": {"secret_key": "short"},
    "a known key": {"secret_key": "systems-changers"},
    "debug beyond this machine": PUBLIC | {"debug": True},
    "debug on every address": SAFE | {"debug": True, "host": "0.0.0.0"},
    "plain HTTP to the world": SAFE | {"host": "0.0.0.0"},
    "plain HTTP at a public address": SAFE | {"public_url": "http://kit.example.org"},
    "any host trusted": PUBLIC | {"trusted_hosts": ("*",)},
    "HTTPS without a proxy": PUBLIC | {"proxies": 0},
    "no address": SAFE | {"public_url": "kit.example.org"},
    "another scheme": SAFE | {"public_url": "ftp://127.0.0.1"},
    "no body at all": SAFE | {"most_body": 0},
    "fewer than no proxies": SAFE | {"proxies": -1},
    "the owner's role serves": SAFE
    | {"database": "postgresql+psycopg://o@h/d", "owner_database": "postgresql+psycopg://o@h/d"},
    "a level of the log that is none": SAFE | {"log": "loud"},
    "a token to be guessed": SAFE | {"metrics": True, "metrics_token": "short"},
    "a demo made public": PUBLIC | {"demo": True},
}


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_configuration_does_not_start(name: str, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        refuse_unsafe(replace(Settings(data=tmp_path), **UNSAFE[name]))
    assert str(refused.value.message).endswith(".")


@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [("threads", -4, "from 1 to 256"), ("threads", 257, "from 1 to 256"), ("port", 0, "from 1 to 65535"),
     ("session_hours", 0, "from 1 to 8784"), ("mail_port", 70000, "from 1 to 65535"),
     ("most_body", 9_999, "from 10000 to 1000000000"), ("proxies", 11, "from 0 to 10")],
)  # fmt: skip
def test_a_number_has_a_least_and_a_most(name: str, value: int, bounds: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(f"{name} = {value}\n")
    found = replace(load_settings(tmp_path, {}), secret_key=KEY)
    with pytest.raises(Misconfigured) as refused:
        refuse_unsafe(found)
    assert str(refused.value.message) == f"The setting {name} is {value}, and must be {bounds}."


def test_every_number_has_its_bounds() -> None:
    numbers = [each for each in fields(Settings) if type(each.default) is int]
    assert [each.name for each in numbers if not each.metadata["within"]] == []


@pytest.mark.parametrize("value", ["true", "2.5", '"many"'])
def test_a_number_is_a_whole_number(value: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(f"threads = {value}\n")
    with pytest.raises(Misconfigured, match="threads can't be"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize("values", [SAFE, PUBLIC, SAFE | {"lan": True, "host": "0.0.0.0"}, SAFE | {"demo": True}])
def test_a_safe_configuration_starts(values: dict[str, Any], tmp_path: Path) -> None:
    refuse_unsafe(replace(Settings(data=tmp_path), **values))


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('port = 9000\ntrusted_hosts = ["a.example"]\nmail_tls = false\n')
    found = load_settings(tmp_path, {"SYSTEMS_CHANGERS_PORT": "9100"})
    assert (found.port, found.trusted_hosts, found.mail_tls) == (9100, ("a.example",), False)


def test_lists_and_answers_are_read_from_the_environment(tmp_path: Path) -> None:
    told = {"SYSTEMS_CHANGERS_TRUSTED_HOSTS": "a.example, b.example", "SYSTEMS_CHANGERS_MAIL_TLS": "no"}
    found = load_settings(tmp_path, told)
    assert (found.trusted_hosts, found.mail_tls) == (("a.example", "b.example"), False)


def test_only_a_command_lets_the_network_in_and_only_the_folder_says_what_is_a_demo(tmp_path: Path) -> None:
    for name in ("lan", "demo"):
        with pytest.raises(Misconfigured, match=f"no setting called {name}"):
            load_settings(tmp_path, {f"SYSTEMS_CHANGERS_{name.upper()}": "yes"})


def test_a_key_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"\xff" * 60)
    with pytest.raises(Misconfigured, match=r"secret\.key can't be read"):
        load_settings(tmp_path, {})


@pytest.mark.parametrize("address", ["http://kit.example.org", "http://[", "", "kit.example.org", "ftp://127.0.0.1"])
def test_an_address_that_people_could_not_use_safely_is_refused(address: str, tmp_path: Path) -> None:
    for refuse in (refuse_address, refuse_unsafe):
        with pytest.raises(Misconfigured, match="public_url"):
            refuse(load_settings(tmp_path, {}, public_url=address, secret_key="k" * 60))
    refuse_address(load_settings(tmp_path, {}, public_url="https://kit.example.org"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("port = 'many'", "port"),
        ("colour = 1", "colour"),
        ("port = ", "settings.toml"),
        ("mail_tls = 'perhaps'", "mail_tls"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(text: str, named: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(Misconfigured, match=named):
        load_settings(tmp_path, {})


def test_the_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    first = make_secret(tmp_path)
    assert make_secret(tmp_path) == first == load_settings(tmp_path, {}).secret_key
    assert len(first) >= 60
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("localhost", True),
     ("0.0.0.0", False), ("192.168.1.2", False), ("example.org", False)],
)  # fmt: skip
def test_which_hosts_are_this_machine(host: str, local: bool) -> None:
    assert is_this_machine(host) is local


def test_a_secure_instance_answers_to_its_own_name_only(tmp_path: Path) -> None:
    found = replace(Settings(data=tmp_path), **PUBLIC, trusted_hosts=("old.example.org",))
    assert found.hosts == {"kit.example.org", "old.example.org"}


def test_the_page_says_how_far_each_number_may_go() -> None:
    page = (PACKAGE.parent / "docs" / "settings.md").read_text("utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    bounds = {each.name: each.metadata["within"] for each in fields(Settings) if each.metadata.get("within")}
    assert len(bounds) >= 6
    for name, (least, most) in bounds.items():
        assert f"{least} to {most}." in rows[name]


def test_every_setting_is_explained_and_no_secret_shown(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('threads = 4\nmail_password = "hush"\n', "utf-8")
    make_secret(tmp_path)
    environment = {"SYSTEMS_CHANGERS_PORT": "9000", "SYSTEMS_CHANGERS_MAIL_USER": "ines"}
    told = {each.name: each for each in explain_settings(tmp_path, environment)}
    assert list(told) == [each.name for each in fields(Settings)]
    assert all(each.meaning for each in told.values())
    assert {name: (told[name].value, told[name].source) for name in (
        "threads", "port", "proxies", "mail_password", "owner_database", "secret_key", "demo",
    )} == {
        "threads": (4, "settings.toml"),
        "port": (9000, "SYSTEMS_CHANGERS_PORT"),
        "proxies": (0, "built in"),
        "mail_password": ("set", "settings.toml"),
        "owner_database": ("not set", "built in"),
        "secret_key": ("set", "secret.key"),
        "demo": (False, "the folder"),
    }  # fmt: skip


@pytest.mark.parametrize(("said", "means"), [("yes", True), ("On", True), ("1", True), ("no", False), ("", False)])
def test_yes_and_no_are_read_as_people_write_them(tmp_path: Path, said: str, means: bool) -> None:
    assert load_settings(tmp_path, {"SYSTEMS_CHANGERS_METRICS": said}).metrics is means


def test_what_is_neither_yes_nor_no_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured) as refused:
        load_settings(tmp_path, {"SYSTEMS_CHANGERS_METRICS": "perhaps"})
    assert str(refused.value.message) == "The setting metrics can't be perhaps."
