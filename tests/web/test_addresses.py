"""Which partner a request is for is settled before anything else sees it."""

from collections.abc import Iterable
from typing import Any

import pytest

from systems_changers.testing.instance import Instance
from systems_changers.web.addresses import PLACE, Addresses, Place, network_of

HOSTS = frozenset({"127.0.0.1", "kit.example.org"})


def ask(host: str, path: str) -> tuple[str, dict[str, Any], dict[str, str]]:
    """The status, the environment as the application saw it, and the headers."""
    seen: dict[str, Any] = {}
    told: dict[str, Any] = {}

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.update(environ)
        start("200 OK", [])
        return [b""]

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        told.update(status=status, headers=dict(headers))

    list(Addresses(app, HOSTS)({"HTTP_HOST": host, "PATH_INFO": path}, start))
    return told["status"], seen, told["headers"]


def test_a_prefix_moves_into_the_script_name() -> None:
    status, seen, _ = ask("127.0.0.1:8765", "/p/corra-scotland/cohorts/")
    assert status == "200 OK"
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/p/corra-scotland", "/cohorts/")
    assert seen[PLACE] == Place("127.0.0.1", slug="corra-scotland")


def test_a_prefix_without_its_slash_is_sent_on() -> None:
    status, _, headers = ask("127.0.0.1", "/p/corra-scotland")
    assert (status[:3], headers["Location"]) == ("308", "/p/corra-scotland/")


def test_the_instance_itself_is_no_partner() -> None:
    _, seen, _ = ask("kit.example.org", "/operator/plugins")
    assert (seen[PLACE].partner, seen["PATH_INFO"]) == (False, "/operator/plugins")


def test_another_host_is_asked_for_as_a_partners_own() -> None:
    _, seen, _ = ask("circles.example.net", "/cohorts/")
    assert seen[PLACE] == Place("circles.example.net", own_domain=True)


def test_a_partners_own_domain_knows_no_prefixes() -> None:
    assert ask("circles.example.net", "/p/corra-scotland/")[0].startswith("404")


@pytest.mark.parametrize("host", ["", "a b", "x\n", "127.0.0.1:port", "<script>", "[::1", "a/b"])
def test_what_cannot_be_a_host_is_answered_with_nothing(host: str) -> None:
    assert ask(host, "/")[0].startswith("404")


@pytest.mark.parametrize("path", ["/p/", "/p/UPPER/", "/p/-x/", "/p/../etc/", "/pp/x/"])
def test_what_is_no_slug_is_no_partner(path: str) -> None:
    assert ask("127.0.0.1", path)[1][PLACE].partner is False


@pytest.mark.parametrize(("host", "path", "status"), [("nobody.example", "/", 404), ("127.0.0.1", "/p/corra", 308)])
def test_answers_that_never_reach_a_page_carry_the_headers_too(
    instance: Instance, host: str, path: str, status: int
) -> None:
    answer = instance.app.test_client().get(path, base_url=f"http://{host}")
    assert answer.status_code == status
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::ffff:cb00:7109", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a name", "a name"),
        (None, ""),
    ],
)
def test_ipv6_addresses_of_one_line_are_one_network(address: str | None, network: str) -> None:
    assert network_of(address) == network
