"""The commands of an operator on a real instance: first and later administrators, lost links, names and slugs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask.testing import FlaskClient

from systems_changers.app import create_app, house_of, make_dispatcher
from systems_changers.cli import main
from systems_changers.core.home.forms import RegisterScreen
from systems_changers.core.home.service.instance import opened as opened_kit
from systems_changers.core.home.service.register import RegisterResult
from systems_changers.core.operations.service import FaultBook
from systems_changers.core.partners.models import Partner, PartnerDomain
from systems_changers.core.partners.queries import partner_by_slug
from systems_changers.core.people.queries import account_of
from systems_changers.core.people.service import Saver, SignOnAnswers, save_sign_on
from systems_changers.hooks.facts import ANYONE, ActorFacts
from systems_changers.hooks.kit import open_kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra.sealing import Sealer
from systems_changers.infra.settings import load_settings
from systems_changers.infra.terminal import Terminal
from systems_changers.testing.instance import set_up_app

TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]{64})"')
PASSWORD = "porridge rain kettle"


@dataclass(frozen=True)
class Place:
    """An instance in a folder, reached by its commands and by a browser."""

    data: Path

    def run(self, *words: str) -> dict[str, Any]:
        """What a command answers as JSON."""
        done = CliRunner().invoke(main, [*words, "--data", str(self.data), "--json"])
        assert done.exit_code == 0, done.output
        answer: dict[str, Any] = json.loads(done.output)
        return answer

    def said(self, *words: str, status: int = 0) -> str:
        """What a command says to people."""
        done = CliRunner().invoke(main, [*words, "--data", str(self.data)])
        assert done.exit_code == status, done.output
        return done.output

    def browser(self) -> FlaskClient:
        """Somebody's browser."""
        return create_app(load_settings(self.data, {})).test_client()

    def rows(self, statement: str) -> Sequence[Any]:
        """Rows as the file has them."""
        engine = sa.create_engine(f"sqlite:///{self.data / 'systems-changers.db'}")
        with engine.connect() as connection:
            found = connection.execute(sa.text(statement)).all()
        engine.dispose()
        return found


def opened(browser: FlaskClient, link: str) -> Any:
    return browser.get(link.removeprefix("http://127.0.0.1:8765"), base_url="http://127.0.0.1:8765")


def used(browser: FlaskClient, link: str, password: str = PASSWORD) -> Any:
    """The answer to a link's form."""
    token = TOKEN.search(opened(browser, link).text)
    assert token is not None
    path = link.removeprefix("http://127.0.0.1:8765")
    return browser.post(path, data={"csrf_token": token[1], "password": password}, base_url="http://127.0.0.1:8765")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A fresh real instance, its set-up link not used yet."""
    made = Place(tmp_path / "instance")
    made.run("init", "--yes", "--partner", "Harbour Trust", "--email", "ines.moreau+kit@example.org")
    return made


def test_somebody_without_a_name_is_called_after_the_address(place: Place) -> None:
    assert place.rows("SELECT name FROM person") == [("Ines Moreau",)]


def test_the_database_is_its_owners_alone(place: Place) -> None:
    files = {each.name: each.stat().st_mode & 0o777 for each in place.data.glob("systems-changers.db*")}
    assert set(files.values()) == {0o600}


def test_a_lost_set_up_link_is_made_again_and_the_first_ends(place: Place) -> None:
    refused = place.said("init", "--yes", "--email", "ines.moreau+kit@example.org", status=1)
    assert "partner administrator PARTNER EMAIL --operator" in refused
    made = [place.run("partner", "administrator", "harbour-trust", "ines.moreau+kit@example.org", "--operator")
            for _ in range(2)]  # fmt: skip
    browser = place.browser()
    assert opened(browser, made[0]["set_up_link"]).status_code == 404
    assert "Ines Moreau" in opened(browser, made[1]["set_up_link"]).text
    assert used(browser, made[1]["set_up_link"]).status_code == 303
    assert place.rows("SELECT email, is_operator FROM account") == [("ines.moreau+kit@example.org", 1)]
    assert place.rows("SELECT count(*) FROM person") == [(1,)]


def test_a_forgotten_password_is_set_anew_by_a_link_from_the_command_line(place: Place) -> None:
    first = place.run("partner", "administrator", "harbour-trust", "ada@example.org")
    assert used(place.browser(), first["set_up_link"]).status_code == 303
    before = place.rows("SELECT password_hash, email_proven_at FROM account")
    older, link = (place.run("account", "link", "Ada@Example.org")["sign_in_link"] for _ in range(2))
    browser = place.browser()
    assert opened(browser, older).status_code == 404
    assert used(browser, link, "kettle bridge autumn").status_code == 303
    after = place.rows("SELECT password_hash, email_proven_at FROM account")
    assert (after[0][0] != before[0][0], after[0][1]) == (True, None)
    assert opened(browser, link).status_code == 404
    assert [row[0] for row in place.rows("SELECT name FROM operator_audit WHERE name LIKE 'account.link%'")] == [
        "account.link_made", "account.link_made",
    ]  # fmt: skip


def test_a_link_that_went_by_hand_leaves_a_password_that_nobody_changed(place: Place) -> None:
    used(place.browser(), place.run("partner", "administrator", "harbour-trust", "ada@example.org")["set_up_link"])
    before = place.rows("SELECT password_hash FROM account")
    assert used(place.browser(), place.run("account", "link", "ada@example.org")["sign_in_link"], "").status_code == 303
    assert place.rows("SELECT password_hash FROM account") == before


def test_a_lost_second_factor_is_taken_away_from_the_command_line(place: Place) -> None:
    used(place.browser(), place.run("partner", "administrator", "harbour-trust", "ada@example.org")["set_up_link"])
    assert "ada@example.org has no second factor." in place.said("account", "second-factor", "reset", "ada@example.org",
                                                                 status=1)  # fmt: skip
    settings = load_settings(place.data, {})
    with opened_kit(settings) as kit, kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        ada = account_of(scope, "ada@example.org")
        set_up_app(replace(scope, actor=ActorFacts(ada)), settings.secret_key)
        scope.db.commit()
    assert place.run("account", "second-factor", "reset", "Ada@Example.org") == {"email": "Ada@Example.org"}
    for table in ("totp", "passkey", "recovery_code", "sign_in_session WHERE revoked_at IS NULL"):
        assert place.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert place.rows("SELECT name FROM operator_audit ORDER BY at DESC LIMIT 1") == [("account.second_factor_reset",)]
    assert place.rows("SELECT name FROM outbox") == [("people/mail_factor_reset",)]
    make_dispatcher(house_of(create_app(settings))).run_due()
    mail = next((settings.data / "mailbox").glob("*.eml")).read_text("utf-8")
    assert "Subject: Your second factor was taken away" in mail
    assert "To: ada@example.org" in mail


def test_an_address_is_changed_from_the_command_line(place: Place) -> None:
    made = place.run("partner", "administrator", "harbour-trust", "ada@example.org")
    used(place.browser(), made["set_up_link"])
    answer = place.run("account", "address", "Ada@example.org", "ada@harbour.example")
    assert answer == {"old": "Ada@example.org", "new": "ada@harbour.example"}
    assert place.rows("SELECT email, email_proven_at FROM account") == [("ada@harbour.example", None)]
    assert place.rows("SELECT count(*) FROM sign_in_session WHERE revoked_at IS NULL") == [(0,)]
    assert place.rows("SELECT name FROM operator_audit ORDER BY at DESC LIMIT 1") == [("account.address_changed",)]
    settings = load_settings(place.data, {})
    make_dispatcher(house_of(create_app(settings))).run_due()
    mails = [file.read_text("utf-8") for file in sorted((settings.data / "mailbox").glob("*.eml"))]
    told = [line for mail in mails for line in mail.splitlines() if line.startswith("To: ")]
    assert sorted(told) == ["To: ada@example.org", "To: ada@harbour.example"]
    assert all("Whoever runs this site has changed" in " ".join(mail.split()) for mail in mails)
    assert "No account has the address ada@example.org." in place.said("account", "address", "ada@example.org",
                                                                       "x@example.org", status=1)  # fmt: skip


def test_a_partner_that_its_own_sign_in_service_locked_out_is_helped(place: Place) -> None:
    settings = load_settings(place.data, {})
    assert place.run("partner", "sign-on", "off", "harbour-trust") == {"partner": "harbour-trust", "was_on": False}
    assert "No partner nowhere is here." in place.said("partner", "sign-on", "off", "nowhere", status=1)
    with opened_kit(settings) as kit:
        with kit.operator_scope(ANYONE, links=no_links) as outside:
            facts = partner_by_slug(outside.db, "harbour-trust")
        assert facts is not None
        with kit.scope(facts, ANYONE, links=no_links, write=True) as scope:
            answers = SignOnAnswers("other", "Harbour", "", "", "https://login.example.org", "kit", "hush",
                                    ("example.org",), "offered")  # fmt: skip
            save_sign_on(scope, Sealer(settings.secret_key), answers, None, Saver(signed_on=False, session_id=None))
            scope.db.commit()
    assert place.run("partner", "sign-on", "off", "harbour-trust")["was_on"] is True
    assert place.rows("SELECT mode FROM sign_on_provider") == [("off",)]
    assert "sign_on" not in str(place.rows("SELECT settings FROM partner WHERE slug = 'harbour-trust'"))


def test_an_address_without_an_account_gets_no_link(place: Place) -> None:
    assert "No account has the address nobody@example.org." in place.said("account", "link", "nobody@example.org",
                                                                          status=1)  # fmt: skip


def test_a_new_partner_says_its_slug_and_how_to_give_it_an_administrator(place: Place) -> None:
    said = place.said("partner", "create", "Café Ålesund")
    assert "its slug is cafe-alesund." in said
    assert "systems-changers partner administrator cafe-alesund " in said
    assert "systems-changers partner administrator" not in place.said("partner", "create", "Other", "--administrator",
                                                                      "bo@example.org")  # fmt: skip


def test_a_name_that_another_has_needs_a_slug_of_its_own(place: Place) -> None:
    said = place.said("partner", "create", " harbour  TRUST", status=1)
    assert "harbour-trust has this name already: give --slug" in said
    assert place.run("partner", "create", "Harbour Trust", "--slug", "harbour-north")["slug"] == "harbour-north"


def test_a_name_in_other_letters_needs_a_slug(place: Place) -> None:
    assert "give one with --slug" in place.said("partner", "create", "مؤسسة الميناء", status=1)
    assert place.run("partner", "create", "مؤسسة الميناء", "--slug", "mina")["slug"] == "mina"


def test_the_first_administrator_of_a_foundation_compares_at_once(place: Place) -> None:
    made = place.run("partner", "create", "Fenwater", "--kind", "foundation", "--administrator", "fay@example.org")
    browser = place.browser()
    used(browser, made["invitation"])
    assert browser.get("/p/fenwater/compare/", base_url="http://127.0.0.1:8765").status_code == 200
    roles = place.rows("SELECT role FROM membership ORDER BY role")
    assert [row[0] for row in roles] == ["administrator", "analyst"]


def test_who_is_listed_only_gets_no_administrator(place: Place) -> None:
    place.run("import", "register", str(register(place, "AAAS")), "--create-partners", "--yes")
    said = place.said("partner", "administrator", "aaas", "ada@example.org", status=1)
    assert "AAAS is listed from a register only, and has no pages." in said


def register(place: Place, *hosts: str) -> Path:
    """A register with one delivery a host."""
    file = place.data.parent / "register.csv"
    file.write_text("host,date\n" + "".join(f"{host},2019-03-0{day}\n" for day, host in enumerate(hosts, 1)), "utf-8")
    return file


def test_hosts_that_are_new_are_asked_for_once(place: Place) -> None:
    said = place.said("import", "register", str(register(place, "AAAS", "Beacon", "AAAS")), "--dry-run")
    assert "2 hosts are new here: --create-partners makes listed partners of them. 3 rows wait for that." in said
    assert "unknown_host" not in said
    assert "in error" not in said


# --- what can't be asked for ---


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nope"], "No such option '--nope'."),
        (["nope"], "No such command 'nope'."),
        (["import", "register"], "Missing argument 'FILE'."),
        (["serve", "--port", "x"], "Invalid value for '--port'"),
    ],
)
def test_a_wrong_word_is_told_in_one_line_with_the_way_out(words: list[str], said: str) -> None:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    (line,) = done.output.splitlines()
    assert said in line
    assert "--help` shows what there is." in line


@pytest.mark.parametrize("address", ["http://kit.example.org", "http://[", ""])
def test_an_address_that_could_never_be_served_is_refused_before_anything_is_made(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "new"
    done = CliRunner().invoke(main, ["init", "--yes", "--public-url", address, "--data", str(folder)])
    assert done.exit_code == 1
    assert "public_url" in done.output
    assert not folder.exists()


def test_serving_refuses_plain_http_beyond_this_machine(place: Place) -> None:
    (place.data / "settings.toml").write_text('public_url = "http://kit.example.org"\n', "utf-8")
    assert "people need HTTPS" in place.said("serve", "--port", "8799", status=1)


def test_progress_goes_on_after_a_question(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Terminal, "interactive", property(lambda _terminal: True))
    screen = Watched(Terminal(tmp_path, as_json=False), ask=True)
    monkeypatch.setattr("click.confirm", lambda *_args, **_options: not screen.bar_runs())
    with screen:
        screen.progress("read", 1, 2)
        assert screen.bar_runs()
        assert screen.confirm(RegisterResult()), "the bar makes room for the question"
        assert screen.bar_runs()
        assert screen.ask_hosts(["Oban"])
        assert screen.bar_runs()
    assert not screen.bar_runs()


class Watched(RegisterScreen):
    def bar_runs(self) -> bool:
        return self._bar is not None and self._bar.live.is_started


def test_settings_are_explained_without_their_secrets(place: Place) -> None:
    (place.data / "settings.toml").write_text("threads = 4\n", "utf-8")
    secret = (place.data / "secret.key").read_text("ascii").strip()
    said = place.said("config", "explain")
    assert secret not in said
    lines = said.splitlines()
    assert lines[lines.index("threads = 4") + 1].startswith("    settings.toml. ")
    assert {"secret_key = set", "lan = no", "trusted_hosts = (none)"} <= set(lines)
    told = {each["name"]: each for each in place.run("config", "explain")["settings"]}
    assert (told["port"]["value"], told["port"]["source"]) == (8765, "built in")


def test_the_hosts_files_name_the_instance(place: Place) -> None:
    unit = place.said("config", "systemd", "--user", "kit")
    assert f'serve --data "{place.data}"' in unit
    assert "\nUser=kit\n" in unit
    kit = open_kit(load_settings(place.data, {}), FaultBook())
    with kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        partner = scope.db.scalars(sa.select(Partner.id)).one()
        scope.db.add(PartnerDomain(host="harbour.example", partner_ref=partner))
        scope.db.commit()
    kit.engine.dispose()
    (place.data / "settings.toml").write_text(
        'public_url = "https://changers.example"\nproxies = 1\nport = 9001\n', "utf-8"
    )
    assert place.run("config", "caddy")["caddyfile"].splitlines()[1:] == [
        "changers.example, harbour.example {", "\tencode gzip", "\treverse_proxy 127.0.0.1:9001", "}",
    ]  # fmt: skip
