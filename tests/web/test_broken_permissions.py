"""Broken on purpose, the suite sees it: who may do what is written down a second time, and no way in is opened unseen.

Whoever opens a page to more people says so here as well. That is the point: a slip in one place is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from systems_changers.app import house_of
from systems_changers.core.people.rules import ROLES, ROUTE_PERMISSIONS
from systems_changers.testing.instance import Instance
from tests.web import test_permissions as suite

EVERYBODY = ("anyone", "signed_in", "operator", *ROLES)
MAY = {
    "operator": """
        operations: forget_faults mail mailbox outbox plugins try_again
        partners: every_partner
        people: operator_changes operator_changes_file
    """,
    "administrator": """
        home: answer_request download_person erase_person extend_request get_started hide_steps
            keep_languages requests show_erasure show_steps try_mail why
        partners: disable drop_look enable look move plugin plugins save_look save_plugin save_word
            take_back_word words
        people: acknowledge changes changes_file close_complaint complaint complaints grant note_request save_sign_on
            sign_on_settings withdraw
        privacy: assessment_file records records_file retention save_answers
        summaries: agree end
    """,
    "administrator operator": """
        partners: save_settings settings
    """,
    "anyone": """
        home: choose_language come_in front
        people: accept accept_new ask_link begin_sign_on check_password complain finish_second_step
            finish_set_up finish_sign_on open_link passkey_challenge second_step
            send_complaint send_link set_up sign_in sign_in_by_passkey sign_on sign_on_back sign_on_go
            sign_out use_link
        privacy: notice
    """,
    "signed_in": """
        home: ask_for_data dashboard download_own
        people: accept_here account add_passkey address agreed ask_address change_password check_again
            confirm connect connected disconnect new_app new_codes new_passkey new_passkey_challenge
            remove_passkey revoke_others revoke_session save_profile second_factor take_back
            open_address turn_off_app turn_on_app use_address
    """,
    "administrator facilitator": """
        cohorts: add_facilitator add_list add_person change check_list choose_list choose_module confirm
            facilitators leave make make_plan new new_person people plan rejoin save_change save_support
            step support swap
        curriculum: index show
        people: add change index invite new show
        sessions: add cancel change confirm correct deliver drop_module move_module new plan put_back
            register renew reopen restore_module save_change save_correction seal spread_out write_up
        summaries: count_again figures sharing
    """,
    "administrator facilitator line_manager participant": """
        api.cohorts: item listed
        api.experiments: index show
        cohorts: index show
        experiments: add_evidence add_owner decide delete edit evidence export index move note
            remove_evidence remove_owner restore restore_evidence review save share share_with_person
            sharing show stop_sharing
        home: file
    """,
    "administrator facilitator participant": """
        api.sessions: item listed
        sessions: show
        summaries: report reports
    """,
    "analyst": """
        summaries: compare compare_figure compare_file gather
    """,
}
"""By who may: each slice's pages and forms."""


def written_down() -> dict[str, frozenset[str]]:
    """The second table, endpoint by endpoint."""
    made: dict[str, frozenset[str]] = {}
    for who, pages in MAY.items():
        for slice_, names in re.findall(r"([\w.]+): ([\w\s]+?)(?=\s+[\w.]+:|\s*\Z)", pages):
            made |= {f"{slice_}.{name}": frozenset(who.split()) for name in names.split()}
    return made


def opened(permissions: Mapping[str, frozenset[str]]) -> list[str]:
    """Pages that somebody may use, and who, though it isn't written down."""
    known = written_down()
    return [
        f"{endpoint}: {who}"
        for endpoint, allowed in sorted(permissions.items())
        for who in sorted(allowed - known.get(endpoint, frozenset()))
    ]


def closed(permissions: Mapping[str, frozenset[str]]) -> list[str]:
    """Pages that somebody may not use, and who, though it is written down."""
    known = written_down().items()
    return [f"{page}: {who}" for page, may in known for who in sorted(may - permissions.get(page, frozenset()))]


def test_nothing_is_open_that_is_not_written_down() -> None:
    assert opened(ROUTE_PERMISSIONS) == []
    assert closed(ROUTE_PERMISSIONS) == []


def every_widening() -> Iterator[tuple[str, str]]:
    """Each page with each who may not use it yet."""
    for endpoint, allowed in ROUTE_PERMISSIONS.items():
        yield from ((endpoint, who) for who in EVERYBODY if who not in allowed)


def test_each_page_opened_to_one_more_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = 0
    for endpoint, who in every_widening():
        with monkeypatch.context() as broken:
            broken.setitem(ROUTE_PERMISSIONS, endpoint, ROUTE_PERMISSIONS[endpoint] | {who})
            assert opened(ROUTE_PERMISSIONS) == [f"{endpoint}: {who}"]
        tried += 1
    assert tried > 5 * len(ROUTE_PERMISSIONS)
    assert opened(ROUTE_PERMISSIONS) == []


def test_each_page_closed_to_somebody_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    for endpoint, allowed in dict(ROUTE_PERMISSIONS).items():
        for who in allowed:
            with monkeypatch.context() as broken:
                broken.setitem(ROUTE_PERMISSIONS, endpoint, allowed - {who})
                assert closed(ROUTE_PERMISSIONS) == [f"{endpoint}: {who}"]


def test_a_page_that_the_edge_opens_by_itself_is_noticed(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.test_every_route_asks_the_table(instance)
    widened = {**ROUTE_PERMISSIONS, "people.grant": frozenset({"administrator", "participant"})}
    monkeypatch.setattr(house_of(instance.app), "permissions", widened)
    with pytest.raises(AssertionError, match=r"people\.grant"):
        suite.test_every_route_asks_the_table(instance)


def test_a_page_that_is_in_no_table_is_noticed(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.test_the_table_and_the_routes_are_the_same(instance)
    monkeypatch.delitem(ROUTE_PERMISSIONS, "people.changes")
    with pytest.raises(AssertionError, match=r"people\.changes"):
        suite.test_the_table_and_the_routes_are_the_same(instance)


def test_a_widened_page_really_opens(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the table says is what happens: otherwise none of the above would matter."""
    instance.add_partner("Corra", slug="corra")
    kirsty = instance.client("corra", instance.add_person("corra", "Kirsty Somebody", "participant"))
    assert kirsty.get("/people/").status_code == 403
    widened = {**ROUTE_PERMISSIONS, "people.index": ROUTE_PERMISSIONS["people.index"] | {"participant"}}
    monkeypatch.setattr(house_of(instance.app), "permissions", widened)
    assert kirsty.get("/people/").status_code == 200
