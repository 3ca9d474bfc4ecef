"""Partners are made, described, given a look and words, and given plugins."""

from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.operations.queries import plugin_settings
from systems_changers.core.partners import queries, service
from systems_changers.core.partners.models import Partner
from systems_changers.core.partners.service import Details
from systems_changers.core.partners.service import details as details_service
from systems_changers.hooks.facts import ANYONE, ActorFacts, PartnerFacts
from systems_changers.infra.errors import Conflict, Invalid, NotFound, Refused
from systems_changers.infra.identifiers import new_id
from systems_changers.web.brand import FIRST_NAME
from tests.core.instance import Instance, manifest, with_role

OPERATOR = ActorFacts(new_id(), is_operator=True)


def make(instance: Instance, name: str, **options: Any) -> PartnerFacts:
    with instance.operator(write=True) as scope:
        return service.make_partner(scope, name, **options)


def never(_slug: str) -> bool:
    return False


def details(instance: Instance, **values: Any) -> Details:
    given = {"name": "Corra", "locales": ("en_GB",), "time_zone": "Europe/London"} | values
    return Details(**given)


def version(instance: Instance) -> int:
    found: int = instance.see(queries.sheet).version
    return found


def test_a_partner_is_made_with_a_slug_of_its_own(instance: Instance) -> None:
    word = f"Rowan {new_id().hex[:8]}"
    first, second = make(instance, word), make(instance, word)
    assert first.slug == word.lower().replace(" ", "-")
    assert second.slug == f"{first.slug}-2"
    assert (first.kind, first.locales, first.time_zone, first.revision) == ("hosting", ("en_GB",), "Europe/London", 1)
    with instance.operator() as scope:
        assert queries.partner_by_slug(scope.db, second.slug) == second
        assert queries.partner_by_slug(scope.db, "none-such") is None


def test_who_isnt_here_or_is_only_listed_is_refused_to_commands(instance: Instance) -> None:
    word = f"Willow {new_id().hex[:8]}"
    made = make(instance, word)
    assert queries.partner_with_pages(instance.engine, made.slug) == made
    with instance.operator(write=True) as scope:
        scope.db.get_one(Partner, made.id).kind = "listed"
    assert queries.partner_here(instance.engine, made.slug).kind == "listed"
    with pytest.raises(Refused, match=word) as refused:
        queries.partner_with_pages(instance.engine, made.slug)
    assert refused.value.code == "listed_partner"
    for ask in (queries.partner_here, queries.partner_with_pages):
        with pytest.raises(NotFound, match="none-such") as missing:
            ask(instance.engine, "none-such")
        assert missing.value.code == "unknown_partner"


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("slug", {"slug": "operator"}),
        ("kind", {"kind": "guest"}),
        ("locales", {"locales": ("xx_XX",)}),
        ("locales", {"locales": ()}),
        ("time_zone", {"time_zone": "Mars"}),
    ],
)
def test_what_is_wrong_is_said_by_field(instance: Instance, field: str, options: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as error:
        make(instance, "Rowan", **options)
    assert set(error.value.fields) == {field}


def test_a_taken_slug_is_refused(instance: Instance) -> None:
    with pytest.raises(Invalid) as error:
        make(instance, "Rowan", slug=instance.other.slug)
    assert "slug" in error.value.fields


def test_lists_are_alphabetical_searched_filtered_and_paged(instance: Instance) -> None:
    mark = new_id().hex[:10]
    for name, kind in (("b", "hosting"), ("A", "hosting"), ("c%", "listed")):
        make(instance, f"{mark} {name}", kind=kind)
    with instance.operator() as scope:
        page = queries.partners_listed(scope.db, search=mark, size=2)
        assert (page.total, [line.name[-1] for line in page.rows]) == (3, ["A", "b"])
        listed = queries.partners_listed(scope.db, kinds=["listed"], search=mark)
        assert [line.name for line in listed.rows] == [f"{mark} c%"]
        assert queries.partners_listed(scope.db, search=f"{mark} c%").total == 1
        assert queries.partners_listed(scope.db, search=f"{mark}%").total == 0


@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_takes_two_statements(instance: Instance, rows: int) -> None:
    mark = new_id().hex[:10]
    for number in range(rows):
        make(instance, f"{mark} {number}")
    with instance.counted() as sent, instance.operator() as scope:
        queries.partners_listed(scope.db, search=mark)
    assert len(sent) == 2


def test_details_are_saved_and_the_revision_counts_up(instance: Instance) -> None:
    domain = f"{new_id().hex}.example.org"
    wanted = details(instance, name="Corra Scotland", locales=("gd", "en_GB"), domains=(f" {domain.upper()}. ", domain),
                     care_name="Ailsa", care_contact="01234")  # fmt: skip
    instance.do(service.change_partner, wanted, version(instance), actor=OPERATOR)
    before = instance.partner.revision
    instance.refresh()
    assert (instance.partner.name, instance.partner.locales) == ("Corra Scotland", ("gd", "en_GB"))
    assert instance.partner.revision == before + 1
    assert instance.partner.settings["care"] == {"name": "Ailsa", "contact": "01234"}
    sheet = instance.see(queries.sheet)
    assert sheet.domains == (domain,)


def test_the_first_name_is_kept_once_there_is_another(instance: Instance) -> None:
    first, kept = instance.partner.name, []
    for name in (first, "Corra Alba", "Corra Again"):
        instance.do(service.change_partner, details(instance, name=name), version(instance))
        instance.refresh()
        kept.append(instance.partner.settings.get(FIRST_NAME))
    assert kept == [None, first, first]


def test_only_the_operator_changes_domains(instance: Instance) -> None:
    domain, administrator = f"{new_id().hex}.example.org", with_role("administrator")
    for actor in (administrator, ANYONE):
        with pytest.raises(Refused) as error:
            instance.do(service.change_partner, details(instance, domains=(domain,)), version(instance), actor=actor)
        assert error.value.code == "operator_only"
    instance.do(service.change_partner, details(instance, domains=(domain,)), version(instance), actor=OPERATOR)
    instance.do(service.change_partner, details(instance, name="Corra two"), version(instance), actor=administrator)
    assert instance.see(queries.sheet).domains == (domain,)
    with pytest.raises(Refused):
        instance.do(service.change_partner, details(instance, domains=()), version(instance), actor=administrator)


def test_two_who_save_at_once_both_keep_their_text(instance: Instance) -> None:
    old = version(instance)
    instance.do(service.change_partner, details(instance, name="Theirs"), old)
    with pytest.raises(Conflict) as error:
        instance.do(service.change_partner, details(instance, name="Mine"), old)
    assert (error.value.mine["name"], error.value.theirs["name"]) == ("Mine", "Theirs")
    assert error.value.version == version(instance)


def test_a_domain_belongs_to_one_partner(instance: Instance) -> None:
    domain = f"{new_id().hex}.example.org"
    instance.do(service.change_partner, details(instance, domains=(domain,)), version(instance), actor=OPERATOR)
    other = instance.see(queries.sheet, at=instance.other)
    with pytest.raises(Invalid) as error:
        instance.do(service.change_partner, details(instance, domains=(domain,)), other.version, at=instance.other,
                    actor=OPERATOR)  # fmt: skip
    assert "somebody else" in str(error.value.fields["domains"][0])
    with pytest.raises(Invalid):
        instance.do(service.change_partner, details(instance, domains=("kit.example.org",)), version(instance),
                    frozenset({"kit.example.org"}), actor=OPERATOR)  # fmt: skip
    instance.do(service.change_partner, details(instance, domains=()), version(instance), actor=OPERATOR)
    assert instance.see(queries.sheet).domains == ()


def test_a_brand_without_contrast_is_refused(instance: Instance) -> None:
    with pytest.raises(Invalid) as error:
        instance.do(service.save_brand, {"light": {"accent": "#ffff00"}}, version(instance))
    assert [name for name, said in error.value.fields.items() if "contrast" in str(said[0])] == [
        "light_on_accent", "light_accent"
    ]  # fmt: skip
    with pytest.raises(Invalid) as error:
        instance.do(service.save_brand, {"light": {"accent": "red;}"}}, version(instance))
    assert list(error.value.fields) == ["brand"]
    instance.do(service.save_brand, {"tagline": "Kind and bold"}, version(instance))
    instance.refresh()
    assert instance.partner.brand == {"tagline": "Kind and bold"}


def test_words_are_the_partners_own(instance: Instance) -> None:
    known = {"%(count)s cohorts", "Cohort", "Make a cohort", "Learning circle"}
    instance.do(service.save_term, "en_GB", "%(count)s cohorts", "%(count)s circles", known)
    instance.do(service.save_term, "en_GB", "Cohort", "Circle", known)
    instance.refresh()
    assert instance.partner.terms == {"en_GB": {"%(count)s cohorts": "%(count)s circles", "Cohort": "Circle"}}
    with pytest.raises(Invalid):
        instance.do(service.save_term, "en_GB", "%(count)s cohorts", "circles", known)
    with pytest.raises(Invalid):
        instance.do(service.save_term, "gd", "Cohort", "Cearcall", known)
    with pytest.raises(Invalid) as unknown:
        instance.do(service.save_term, "en_GB", "the cohort", "the circle", known)
    (said,) = unknown.value.fields["msgid"]
    assert said.values == {"texts": "“Cohort”, “Make a cohort”, “%(count)s cohorts”"}
    with pytest.raises(Invalid) as markup:
        instance.do(service.save_term, "en_GB", "Cohort", "<b>Circle</b>", known)
    assert set(markup.value.fields) == {"text"}
    for word in ("%(count)s cohorts", "Cohort"):
        instance.do(service.take_back_term, "en_GB", word)
    instance.refresh()
    assert instance.partner.terms == {}


def plug(instance: Instance, *slugs: str, **values: Any) -> None:
    for slug in slugs:
        instance.registry.manifests[slug] = manifest(slug, **values)


def enabled(instance: Instance) -> list[str]:
    with instance.operator() as scope:
        return scope.db.scalars(sa.select(Partner.plugins).where(Partner.id == instance.partner.id)).one()


def test_plugins_are_turned_on_in_order_and_off_with_their_settings_kept(instance: Instance) -> None:
    declared = {"themes": {"kind": "number", "label": "Themes", "default": 5, "least": 1}}
    plug(instance, "alba", settings=declared)
    plug(instance, "brae")
    instance.do(service.enable_plugin, "alba", pending=never)
    instance.do(service.enable_plugin, "brae", pending=never)
    instance.do(service.enable_plugin, "brae", pending=never)
    assert enabled(instance) == ["alba", "brae"]
    instance.refresh()
    assert instance.partner.settings["alba"] == {"themes": 5}
    assert instance.do(service.save_plugin_settings, "alba", {"themes": "7"}, None) == {"themes": 7}
    instance.do(service.move_plugin, "brae", up=True)
    assert enabled(instance) == ["brae", "alba"]
    instance.do(service.move_plugin, "brae", up=False)
    assert enabled(instance) == ["alba", "brae"]
    instance.do(service.disable_plugin, "alba")
    assert enabled(instance) == ["brae"]
    instance.refresh()
    assert instance.partner.settings["alba"] == {"themes": 7}
    assert instance.see(plugin_settings)["alba"].values == {"themes": 7}
    assert "partner.plugin_disabled" in instance.audit()


def test_a_plugin_whose_tables_are_not_there_yet_stays_off(instance: Instance) -> None:
    plug(instance, "alba")
    with pytest.raises(Refused) as error:
        instance.do(service.enable_plugin, "alba", pending=lambda slug: slug == "alba")
    assert error.value.code == "migrations_pending"
    assert enabled(instance) == []


def test_a_plugin_that_needs_another_waits_for_it(instance: Instance) -> None:
    plug(instance, "alba")
    plug(instance, "brae", requires=("alba",))
    with pytest.raises(Refused, match="Brae needs alba"):
        instance.do(service.enable_plugin, "brae", pending=never)
    for slug in ("alba", "brae"):
        instance.do(service.enable_plugin, slug, pending=never)
    with pytest.raises(Refused, match="Brae needs this plugin"):
        instance.do(service.disable_plugin, "alba")


def test_an_unknown_plugin_is_refused(instance: Instance) -> None:
    with pytest.raises(Invalid) as error:
        instance.do(service.enable_plugin, "none", pending=never)
    assert error.value.code == "unknown_plugin"
    with pytest.raises(Invalid):
        instance.do(service.move_plugin, "none", up=True)
    instance.do(service.disable_plugin, "none")


def test_settings_that_are_wrong_are_not_kept(instance: Instance) -> None:
    plug(instance, "alba", settings={"themes": {"kind": "number", "label": "Themes", "least": 1}})
    with pytest.raises(Invalid):
        instance.do(service.save_plugin_settings, "alba", {"themes": "0"}, None)
    assert instance.see(plugin_settings) == {}


def test_words_of_one_s_own_are_short_and_not_too_many(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"Cohort", "Report"}
    for text in ("", " ", "x" * 10_000):
        with pytest.raises(Invalid) as wrong:
            instance.do(service.save_term, "en_GB", "Cohort", text, known)
        assert list(wrong.value.fields) == ["text"]
    instance.do(service.save_term, "en_GB", "Cohort", "Circle", known)
    monkeypatch.setattr(details_service, "MOST_TERMS", 1)
    with pytest.raises(Invalid) as many:
        instance.do(service.save_term, "en_GB", "Report", "Tale", known)
    assert str(many.value.fields["text"][0]) == "A language can have at most 1 words of your own."
    instance.do(service.save_term, "en_GB", "Cohort", "Ring", known)


def test_a_brand_of_two_at_once_stands_beside_each_other(instance: Instance) -> None:
    late = version(instance)
    instance.do(service.save_brand, {"tagline": "Kind and bold"}, late)
    with pytest.raises(Conflict) as both:
        instance.do(service.save_brand, {"tagline": "Bold and kind"}, late)
    assert (both.value.mine, both.value.theirs) == ({"tagline": "Bold and kind"}, {"tagline": "Kind and bold"})


@pytest.mark.parametrize("locales", [(), ("tlh_QQ",)])
def test_a_partner_speaks_languages_that_there_are(instance: Instance, locales: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as wrong:
        instance.do(service.change_partner, details(instance, locales=locales), version(instance))
    assert list(wrong.value.fields) == ["locales"]
