"""Every form that changes something is in the audit: each is sent once, and what it leaves there is written down."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import sqlalchemy as sa
from marshmallow import Schema

from systems_changers.core.experiments.rules import AUDIENCES
from systems_changers.core.home.service.demo_people import PEOPLE
from systems_changers.core.operations.models import AuditEvent, OperatorAudit
from systems_changers.core.operations.rules import AREAS, DONE
from systems_changers.core.operations.service import record
from systems_changers.core.partners.rules import CARE
from systems_changers.core.people import service as people
from systems_changers.core.people.models import Account
from systems_changers.core.people.rules import ROLES
from systems_changers.core.privacy.rules import CONSENTS, REQUESTS
from systems_changers.core.sessions.rules.records import RecordChanges
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.registry import Registry
from systems_changers.infra.db import Base
from systems_changers.testing.instance import Instance, no_links, open_instance
from tests.core.home import recorded_steps as steps
from tests.core.home.conftest import Told
from tests.core.home.recording import Recorder, posts
from tests.instance import Template

WHO = {"ada": "administrator", "morag": "facilitator", "aileen": "participant", "rory": "line_manager"}
RECORDS = {
    "cohorts": """
        add_facilitator: facilitator.added learning_partner.added
        add_list: participant.added person.made
        add_person: participant.added person.made
        confirm: participant.confirmed
        leave: participant.left
        make: cohort.made
        make_plan: plan.made
        rejoin: participant.rejoined
        save_change: cohort.changed
        save_support: participant.changed person.made
        step: cohort.opened
        swap: plan.module_swapped
    """,
    "experiments": """
        add_evidence: evidence.added
        add_owner: experiment.owner_added
        decide: experiment.adapt experiment.changed
        delete: experiment.deleted
        move: experiment.framed experiment.ready experiment.reviewing experiment.running
        note: experiment.noted
        remove_evidence: evidence.removed
        remove_owner: experiment.owner_removed
        restore: experiment.restored
        restore_evidence: evidence.restored
        save: experiment.changed
        share: experiment.shared
        share_with_person: experiment.shared_with_person
        stop_sharing: experiment.unshared_with_person
    """,
    "home": """
        answer_request: subject_request.answered
        ask_for_data: subject_request.received
        come_in: account.signed_in
        download_own: person.exported
        download_person: person.exported
        erase_person: person.erased
        extend_request: subject_request.extended
        hide_steps: partner.first_steps_hidden
        keep_languages: partner.languages_kept
        show_steps: partner.first_steps_shown
        try_mail: partner.mail_tried
    """,
    "operations": """
        forget_faults: plugin.faults_forgotten
        try_again: outbox.tried_again
    """,
    "partners": """
        disable: partner.plugin_disabled
        drop_look: partner.brand_changed
        enable: partner.plugin_enabled
        move: partner.plugins_ordered
        save_look: partner.brand_changed
        save_plugin: partner.plugin_settings_saved
        save_settings: partner.changed
        save_word: partner.term_saved
        take_back_word: partner.term_taken_back
    """,
    "people": """
        accept_here: invitation.accepted_by_hand role.granted
        accept_new: account.signed_in invitation.accepted_by_hand role.granted
        acknowledge: complaint.acknowledged
        add: person.made
        add_passkey: account.passkey_added
        ask_address: account.address_asked
        change: person.changed
        change_password: account.password_changed
        check_again: account.confirmed
        check_password: account.signed_in
        close_complaint: complaint.closed
        finish_second_step: account.recovery_code_used account.signed_in
        finish_set_up: account.signed_in role.granted set_up.finished
        grant: role.granted
        invite: person.invited
        note_request: subject_request.received
        new_codes: account.recovery_codes_made
        remove_passkey: account.passkey_removed
        revoke_others: account.other_sessions_revoked
        revoke_session: account.session_revoked
        save_profile: consent.given consent.withdrawn person.profile_saved
        send_complaint: complaint.received
        send_link: account.link_asked
        sign_in_by_passkey: account.signed_in
        sign_out: account.signed_out
        take_back: consent.withdrawn
        turn_off_app: account.app_off
        turn_on_app: account.app_on account.recovery_codes_made
        use_address: account.address_changed person.changed
        use_link: account.signed_in
        withdraw: role.withdrawn
    """,
    "privacy": "save_answers: partner.privacy_changed",
    "sessions": """
        add: session.planned
        cancel: session.cancelled
        confirm: session.confirmed
        deliver: participant.confirmed session.delivered
        drop_module: plan.module_dropped
        move_module: plan.module_moved
        put_back: session.planned
        renew: session.renewed
        reopen: session.confirmed
        restore_module: plan.module_restored
        save_change: session.changed
        save_correction: session.corrected
        seal: session.written_up
        spread_out: sessions.planned
    """,
    "summaries": """
        agree: sharing.agreed
        count_again: figures.counted
        end: sharing.ended
        gather: figures.gathered
    """,
    "x.childrens-society": """
        ask: childrens_society.review_asked
        decide: childrens_society.review_cleared
        tell: childrens_society.review_asked
    """,
    "x.corra-scotland": "save: corra_scotland.profile_saved",
}
"""By slice or plugin: what takes a form, and what it records on the day that `recorded_steps` tells."""
CHANGES_NOTHING = {
    "cohorts.check_list": "reads a list and shows what would happen",
    "home.choose_language": "is kept in the browser alone",
    "people.new_passkey_challenge": "keeps a question for a device, for five minutes; its answer is recorded",
    "people.passkey_challenge": "keeps a question for a device, for five minutes; its answer is recorded",
}


ASKS_A_SERVICE = {
    "people.begin_sign_on": "keeps a question for ten minutes; its answer is recorded",
    "people.connect": "account.sign_on_connected",
    "people.disconnect": "account.sign_on_disconnected",
    "people.finish_sign_on": "account.sign_on_used",
    "people.save_sign_on": "partner.sign_on_changed",
}
"""Forms that need a service of another organisation: tests/core/people/test_sign_on*.py send them and look here."""


def written_down() -> dict[str, set[str]]:
    """The table, by the whole name of what takes a form."""
    return {
        f"{slice_}.{name.strip()}": set(recorded.split())
        for slice_, lines in RECORDS.items()
        for name, _, recorded in (line.partition(":") for line in lines.strip().splitlines())
    }


@pytest.fixture(scope="module")
def recorder(template: Template, registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """A partner at which everything was done once."""
    folder = tmp_path_factory.mktemp("recorded")
    instance = open_instance(template.copy(folder), folder, registry)
    instance.add_partner("Corra", slug="corra", plugins=("corra-scotland", "childrens-society"))
    instance.add_partner("Alder", slug="alder")
    instance.add_partner("Fenwater", slug="fenwater", kind="foundation")
    somebody = {name: instance.add_person("corra", f"{name.title()} Somebody", role) for name, role in WHO.items()}
    fay = instance.client("fenwater", instance.add_person("fenwater", "Fay Analyst", "analyst"))
    with instance.kit.operator_scope(ANYONE, links=no_links, write=True) as scope:
        scope.db.get_one(Account, somebody["ada"].account_id).is_operator = True
        scope.db.commit()
    ada, morag, aileen = (instance.client("corra", somebody[name]) for name in ("ada", "morag", "aileen"))
    made = Recorder(instance)
    steps.the_day(made, steps.Cast(ada, morag, aileen, instance.client(None, somebody["ada"]), fay), somebody)
    yield made
    instance.kit.engine.dispose()


@pytest.fixture(scope="module")
def known(recorder: Recorder) -> set[str]:
    """Every name that a field has: a column, an answer of a form, a part of a correction, a plugin's setting.

    Of roles, of requests and of those with whom something is shared it is their kind, of consents what is agreed to;
    a partner's care is among its settings.
    """
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    answers = {name for schema in every(Schema) for name in schema._declared_fields}
    settings = {name for each in recorder.instance.kit.registry.manifests.values() for name in each.settings}
    agreed_to = {purpose.replace(".", "_") for purpose in CONSENTS}
    parts = {each.name for each in fields(RecordChanges)}
    return columns | answers | settings | agreed_to | parts | {*ROLES, *REQUESTS, *AUDIENCES, CARE}


def every(schema: type[Schema]) -> Iterator[type[Schema]]:
    for each in schema.__subclasses__():
        yield each
        yield from every(each)


def test_the_table_and_what_takes_forms_are_the_same(instance: Instance) -> None:
    assert posts(instance).keys() == written_down().keys() | CHANGES_NOTHING.keys() | ASKS_A_SERVICE.keys()
    assert written_down().keys().isdisjoint(CHANGES_NOTHING)


def test_each_form_is_sent_and_recorded(recorder: Recorder) -> None:
    expected = written_down() | {name: set[str]() for name in CHANGES_NOTHING}
    found = {name: {each.name for each in entries} for name, entries in recorder.entries.items()}
    assert found == {name: what for name, what in expected.items() if name != "home.come_in"}


def test_coming_in_to_a_demo_is_recorded(template: Template, registry: Registry, tmp_path: Path) -> None:
    instance = open_instance(template.copy(tmp_path), tmp_path, registry, demo=True)
    card = PEOPLE[0]
    instance.add_partner("Corra", slug=card.partner)
    instance.add_person(card.partner, card.name, "facilitator", email=card.email)
    demo = Recorder(instance)
    demo.send(instance.client(card.partner), "/demo/come-in", seen_at="/", person=card.key)
    assert {each.name for each in demo.entries["home.come_in"]} == written_down()["home.come_in"]
    instance.kit.engine.dispose()


def test_a_form_that_records_nothing_is_found(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people.persons, "record", lambda *_given, **_named: None)
    silent = Recorder(recorder.instance)
    administrator = recorder.instance.add_person("alder", "Silent Somebody", "administrator")
    browser = recorder.instance.client("alder", administrator)
    silent.send(browser, "/people/new", name="Nobody", email="")
    assert silent.entries == {"people.add": []}


def test_only_names_of_fields_are_told(recorder: Recorder, known: set[str]) -> None:
    told = {name for entries in recorder.entries.values() for each in entries for name in each.changed}
    assert told - known == set()
    assert len(told) > 40


def test_the_demos_story_tells_only_names_of_fields_too(story: Told, known: set[str]) -> None:
    told: set[str] = set()
    for table in (AuditEvent, OperatorAudit):
        rows = story.rows(sa.select(Base.metadata.tables[table.__tablename__].c.changed))
        told.update(name for row in rows for name in row.changed)
    assert told - known == set()
    assert "state" in told


def test_a_value_among_the_fields_is_refused(instance: Instance) -> None:
    instance.add_partner("Corra", slug="corra")
    with instance.scope("corra", write=True) as scope:
        record(scope, "person.changed", kind="person", changed=["name", "reach.email"])
        for value in ("Morag MacAskill", "morag@example.org", "07700 900123", "reach.", ""):
            with pytest.raises(ValueError, match=r"person\.changed tells fields"):
                record(scope, "person.changed", kind="person", changed=["name", value])


def test_what_the_kit_records_is_in_words_and_in_an_area(recorder: Recorder) -> None:
    names = {each.name for entries in recorder.entries.values() for each in entries}
    assert {name for name in names if name not in DONE} == {
        "childrens_society.review_asked", "childrens_society.review_cleared", "corra_scotland.profile_saved",
    }  # fmt: skip
    with recorder.instance.scope("corra") as scope:
        found = scope.db.scalars(sa.select(AuditEvent.object_kind).distinct())
        kinds = {kind for kind in found if kind is not None}
    assert {kind for kind in kinds if not any(kind in area.kinds for area in AREAS.values())} == {
        "childrens_society_safeguarding_review", "corra_scotland_community_profile",
    }  # fmt: skip
