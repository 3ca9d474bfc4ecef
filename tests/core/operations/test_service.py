"""Audit, plugins' faults and settings, the instance's one row."""

import pytest
import sqlalchemy as sa

from systems_changers.core.operations import queries, service
from systems_changers.core.operations.models import AuditEvent, KnownPlugin, PluginFault
from systems_changers.core.operations.models import Instance as InstanceRow
from systems_changers.hooks.calls import Fault
from systems_changers.hooks.registry import Quarantined
from systems_changers.infra.errors import BeyondPartner, Conflict, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.jobs import OutboxRow
from systems_changers.infra.text import msg
from tests.core.instance import NOW, Instance, administrator, manifest


def test_an_audit_event_names_fields_and_belongs_to_its_partner(instance: Instance) -> None:
    actor, cohort = administrator(), new_id()
    instance.do(service.record, "cohort.opened", kind="cohort", id=cohort, changed=["state", "name"], actor=actor)
    trail, sealed = instance.see(queries.audit_trail)
    assert (trail.total, sealed.number, sealed.at) == (1, 0, None)
    line = trail.rows[0]
    assert (line.at, line.name, line.account_id) == (NOW, "cohort.opened", actor.account_id)
    assert line.changed == ("name", "state")
    assert instance.see(queries.audit_trail, at=instance.other)[0].total == 0


def test_outside_any_partner_it_is_the_operators(instance: Instance) -> None:
    actor, partner = administrator(), new_id()
    with instance.operator(actor, write=True) as scope:
        service.record(scope, "partner.made", kind="partner", id=partner, changed=["slug", "name"])
    with instance.operator() as scope:
        line = queries.audit_trail(scope)[0].rows[0]
    assert (line.at, line.name, line.account_id, line.object_kind, line.object_id, line.changed) == (
        NOW, "partner.made", actor.account_id, "partner", partner, ("name", "slug"),
    )  # fmt: skip
    with instance.scope() as scope:
        assert scope.db.scalar(sa.select(sa.func.count(AuditEvent.id))) == 0


def test_faults_are_counted_and_the_latest_is_kept(instance: Instance) -> None:
    plugin = f"p{new_id().hex[:12]}"
    for why in ("first", "second " + "x" * 600):
        service.FaultBook()(instance.engine, [Fault(plugin, "sc_on_event", why)], instance.clock)
        instance.later(minutes=1)
    with instance.operator() as scope:
        row = scope.db.get_one(PluginFault, (plugin, "sc_on_event"))
        assert (row.times, row.why[:8], len(row.why)) == (2, "second x", 500)


def test_faults_met_together_are_all_told(instance: Instance) -> None:
    plugin = f"p{new_id().hex[:12]}"
    met = [Fault(plugin, "sc_offer_variants", why) for why in ("one", "two", "one")]
    service.FaultBook()(instance.engine, met, instance.clock)
    with instance.operator() as scope:
        row = scope.db.get_one(PluginFault, (plugin, "sc_offer_variants"))
        assert (row.times, row.why) == (3, "one; two")


def test_plugins_are_listed_with_their_state_and_faults(instance: Instance) -> None:
    slug, gone = f"a{new_id().hex[:12]}", f"b{new_id().hex[:12]}"
    with instance.operator(write=True) as scope:
        service.remember_plugins(scope, [manifest(slug, tables=(f"{slug}_t",)), manifest(gone)])
    instance.registry.manifests[slug] = manifest(slug)
    instance.registry.quarantined.append(Quarantined("broken", msg("It could not be loaded.")))
    with instance.operator(write=True) as scope:
        service.remember_plugins(scope, [manifest(slug)])
    service.FaultBook()(instance.engine, [Fault(slug, "sc_offer_nav", "oops")], instance.clock)
    with instance.operator() as scope:
        lines = {line.slug: line for line in queries.plugin_lines(scope, instance.registry)}
        assert scope.db.get_one(KnownPlugin, gone).state == "parked"
    assert (lines[slug].state, lines[slug].faults[0].why) == ("installed", "oops")
    assert (lines[gone].state, lines["broken"].state) == ("parked", "quarantined")


def test_settings_are_kept_with_a_version(instance: Instance) -> None:
    first = instance.do(service.keep_plugin_settings, "corra", {"themes": 5}, None)
    assert instance.see(queries.plugin_settings)["corra"].values == {"themes": 5}
    with pytest.raises(Conflict) as error:
        instance.do(service.keep_plugin_settings, "corra", {"themes": 6}, None)
    assert (error.value.mine, error.value.theirs) == ({"themes": 6}, {"themes": 5})
    assert instance.do(service.keep_plugin_settings, "corra", {"themes": 6}, first.version).version == first.version + 1
    assert instance.see(queries.plugin_settings, at=instance.other) == {}


def test_the_instance_is_made_once(instance: Instance) -> None:
    with instance.operator() as scope:
        service.make_instance(scope, "demo", "Demo")
        assert queries.instance_is_demo(scope)
        with pytest.raises(Refused) as error:
            service.make_instance(scope, "real", "Real")
        assert error.value.code == "instance_exists"
        scope.db.rollback()
        with pytest.raises(ValueError, match="other"):
            service.make_instance(scope, "other", "x")
        assert scope.db.scalar(sa.select(sa.func.count(InstanceRow.id))) == 0


def test_what_was_given_up_is_listed_newest_first(instance: Instance) -> None:
    with instance.operator(write=True) as scope:
        for number in range(3):
            at = instance.clock.now()
            scope.db.add(OutboxRow(kind="mail", name=f"m{number}", at=at, due_at=at, state="parked", tries=8))
            instance.later(hours=1)
        scope.db.add(OutboxRow(kind="mail", name="waiting", at=at, due_at=at))
    with instance.operator() as scope:
        page = queries.parked(scope, size=2)
    assert (page.total, [line.name for line in page.rows]) == (3, ["m2", "m1"])


@pytest.mark.parametrize("change", [sa.update(AuditEvent).values(name="person.made"), sa.delete(AuditEvent)],
                         ids=["update", "delete"])  # fmt: skip
def test_what_was_done_at_a_partner_is_changed_by_nobody(instance: Instance, change: sa.Update | sa.Delete) -> None:
    with instance.scope(write=True) as scope:
        service.record(scope, "partner.changed")
    with instance.scope() as scope:
        before = scope.db.scalar(sa.select(sa.func.count(AuditEvent.id)).where(AuditEvent.name == "partner.changed"))
    assert before
    with instance.scope(write=True) as scope:
        with pytest.raises(BeyondPartner):
            scope.db.execute(change.execution_options(synchronize_session=False))
        scope.db.rollback()
    with instance.scope() as scope:
        found = sa.select(sa.func.count(AuditEvent.id)).where(AuditEvent.name == "partner.changed")
        assert scope.db.scalar(found) == before
