"""`get-started` says what is left, partner by partner, and tries out mail with the reason where it doesn't go."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from systems_changers.cli import main
from systems_changers.infra.mail import Mailbox


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("beginning") / "instance"
    answers = ("--partner", "Harbour Trust", "--name", "Ines Moreau", "--email", "ines@harbour.example")
    made = CliRunner().invoke(main, ["init", "--yes", *answers, "--data", str(folder)])
    assert made.exit_code == 0, made.output
    return folder


def run(data: Path, *words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, ["get-started", *words, "--data", str(data)], env=environment)


def test_what_is_left_is_said_with_where(data: Path) -> None:
    done = run(data)
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0] == "harbour-trust:"
    assert "  to do  Say who you are" in lines
    assert "  to do  Choose your languages" in lines
    assert lines[lines.index("  to do  Choose your languages") + 1].endswith("/p/harbour-trust/get-started")
    assert any(line.endswith("http://127.0.0.1:8765/p/harbour-trust/settings/look") for line in lines)
    assert "`systems-changers get-started --mail-test ADDRESS` sends one now." in done.output
    told = json.loads(run(data, "--json", "--partner", "harbour-trust").output)["partners"]["harbour-trust"]
    assert [each["id"] for each in told] == ["details", "brand", "languages", "second-factor", "mail", "cohort"]
    assert [each["done"] for each in told] == [False] * 6


def test_a_partner_that_is_none(data: Path) -> None:
    done = run(data, "--partner", "nowhere")
    assert done.exit_code == 1
    assert "There is no partner called nowhere." in done.output


def test_without_a_mail_server_the_mail_is_kept(data: Path) -> None:
    done = run(data, "--mail-test", "ines@harbour.example")
    assert "There is no mail server (mail_host)" in done.output
    (kept,) = Mailbox(data / "mailbox").list().rows
    assert (kept.to, kept.subject) == ("ines@harbour.example", "Mail works")


def test_a_mail_that_does_not_go_says_why(data: Path) -> None:
    with socket.socket() as taken:  # bound and not listening: refused
        taken.bind(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        done = run(data, "--mail-test", "ines@harbour.example", SYSTEMS_CHANGERS_MAIL_HOST="127.0.0.1",
                   SYSTEMS_CHANGERS_MAIL_PORT=port)  # fmt: skip
    assert done.exit_code == 1
    assert "refused" in done.output


@pytest.mark.parametrize("address", ["ines", "ines@", "@harbour.example", "a b@c.example", "a@b@c"])
def test_what_is_no_address_is_refused(data: Path, address: str) -> None:
    assert run(data, "--mail-test", address).exit_code == 1
