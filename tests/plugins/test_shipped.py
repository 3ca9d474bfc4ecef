"""What both partners' plugins ship is sound: brands, words, variants, cohort types, tables, catalogues."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from systems_changers.core.curriculum.rules import apply_patch, kept_elements, minutes_of, module_from, module_hash
from systems_changers.core.sessions.rules import Portion, sessions_for, spread
from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import NavItem, PartnerFacts, Route
from systems_changers.hooks.registry import Registry
from systems_changers.hooks.view import Views
from systems_changers.infra import migrations
from systems_changers.infra.db import Base, partner_tables
from systems_changers.infra.engine import open_owner_engine
from systems_changers.infra.identifiers import new_id
from systems_changers.infra.paths import PACKAGE
from systems_changers.infra.po import read_po
from systems_changers.testing.strings import PLACE, extract, extract_core, ids
from systems_changers.web.brand import check_brand
from systems_changers.web.layers import Templates, core_template_dirs
from tests.plugins.house import CORE_PAGES, PACKAGES, SOURCES

BOTH = sorted(PACKAGES)
LANGUAGES = [(slug, code) for slug, codes in (
    ("childrens-society", ("cy", "en_GB@easyread")), ("corra-scotland", ("gd", "en_GB@scots")),
) for code in codes]  # fmt: skip
CHANGED = {"corra-scotland": [3, 4, 7, 11], "childrens-society": [2, 4, 9, 13]}


def calls_of(plugins: Registry, slug: str) -> Calls:
    partner = PartnerFacts(new_id(), slug, slug, plugins=(slug,))
    views = Views(plugins)
    return Calls(views, views.of(partner.plugins), partner)


def folder_of(slug: str) -> Path:
    return SOURCES / PACKAGES[slug] / PACKAGES[slug]


def canonical() -> dict[str, dict[str, Any]]:
    """The kit's own modules by identity."""
    files = sorted((PACKAGE / "core" / "curriculum" / "content").glob("*.toml"))
    raw = [tomllib.loads(file.read_text("utf-8")) for file in files]
    return {f"core:{each['slug']}": dict(module_from(each)) for each in raw}


# --- brand and words ---


@pytest.mark.parametrize("slug", BOTH)
def test_the_brand_passes_contrast_and_says_it_is_invented(plugins: Registry, slug: str) -> None:
    calls = calls_of(plugins, slug)
    chosen = calls.choose_brand(calls.partner)
    assert chosen is not None
    assert check_brand(chosen[1]) == []
    assert chosen[1].invented
    pale = replace(chosen[1], light=replace(chosen[1].light, ink="#c0c0c0"))
    assert len(check_brand(pale)) == 2


TERMS_IN = {"corra-scotland": {"en_GB": 18, "en_GB@scots": 18, "gd": 5}, "childrens-society": {"en_GB": 5, "cy": 5}}


@pytest.mark.parametrize("slug", BOTH)
def test_terms_rename_texts_that_exist_and_yield_to_the_partners_own(plugins: Registry, slug: str) -> None:
    known = ids(extract_core())
    calls = calls_of(plugins, slug)
    for code, count in TERMS_IN[slug].items():
        terms = calls.refine_terms(calls.partner, code, {"Participant": "Walker"})
        assert terms["Participant"] == "Walker"
        assert len(terms) == count
        assert set(terms) <= known
    assert calls.refine_terms(calls.partner, "ur", {}) == {}
    assert calls.faults == []


@pytest.mark.parametrize(("slug", "code"), LANGUAGES)
def test_a_catalogue_is_still_a_draft(slug: str, code: str) -> None:
    po = read_po(folder_of(slug) / "translations" / code / PLACE)
    assert (po.accepted_by, po.headers["last-translator"]) == ("", "Machine draft")


def test_gaelic_has_four_forms_and_welsh_six() -> None:
    gaelic = read_po(folder_of("corra-scotland") / "translations" / "gd" / PLACE)
    assert gaelic.plural_forms == "nplurals=4; plural=(n==1||n==11)?0:(n==2||n==12)?1:(n>2&&n<20)?2:3;"
    assert {len(forms) for forms in gaelic.plurals.values()} == {4}
    welsh = read_po(folder_of("childrens-society") / "translations" / "cy" / PLACE)
    assert {len(forms) for forms in welsh.plurals.values()} == {6}


@pytest.mark.parametrize("slug", BOTH)
def test_settings_are_said_in_every_language(plugins: Registry, slug: str) -> None:
    known = ids(extract(folder_of(slug)))
    for spec in plugins.manifests[slug].settings.values():
        assert {spec["label"], spec["hint"]} <= known


# --- curriculum and cohort types ---


@pytest.mark.parametrize("slug", BOTH)
def test_every_variant_applies_to_its_base_and_keeps_the_core(plugins: Registry, slug: str) -> None:
    modules = canonical()
    offers = [offer for _, offer in calls_of(plugins, slug).offer_variants()]
    assert sorted(modules[each.base]["number"] for each in offers) == CHANGED[slug]
    for offer in offers:
        base = modules[offer.base]
        assert offer.base_hash == module_hash(base)
        made = apply_patch(base, offer.changes, title=offer.title)
        assert made["minutes"]["typical"] == minutes_of(made["blocks"])[0]
        assert made["title"] == offer.title != base["title"]
        assert [text for text, kept in kept_elements(base, made) if not kept] == []


@pytest.mark.parametrize("slug", BOTH)
def test_a_cohort_type_names_variants_that_are_on_offer(plugins: Registry, slug: str) -> None:
    calls, modules = calls_of(plugins, slug), canonical()
    offered = {offer.identity: offer.base for _, offer in calls.offer_variants()}
    ((_, kind),) = calls.offer_cohort_types(calls.partner)
    assert {f"core:{module}": name for module, name in kind.variants.items()} == {
        base: identity for identity, base in offered.items()
    }
    assert set(offered.values()) <= modules.keys()


def test_what_each_kind_of_cohort_is_like(plugins: Registry) -> None:
    ((_, place),) = (calls := calls_of(plugins, "corra-scotland")).offer_cohort_types(calls.partner)
    ((_, teams),) = (calls := calls_of(plugins, "childrens-society")).offer_cohort_types(calls.partner)
    assert (place.form, place.sessions, place.local_brand, place.residents_welcome) == ("place", 9, True, True)
    assert [field.key for field in place.fields if field.required] == ["community_size", "residents"]
    assert (teams.form, teams.session_minutes, teams.least_teams, teams.local_brand) == ("organisation", 90, 3, False)
    assert [field.key for field in teams.fields if field.required] == ["sponsor"]


@pytest.mark.parametrize("slug", BOTH)
def test_the_canonical_modules_fit_into_sessions_of_the_kinds_length(plugins: Registry, slug: str) -> None:
    ((_, kind),) = (calls := calls_of(plugins, slug)).offer_cohort_types(calls.partner)
    longest = kind.longest_block_minutes or kind.session_minutes
    modules = sorted(canonical().values(), key=lambda each: each["number"])
    portions = [Portion(new_id(), each["title"], each["number"], tuple(each["blocks"])) for each in modules]
    made = spread(portions, sessions_for(portions, kind.sessions, longest, kind.session_minutes), longest)
    for session in made.sessions:
        taught = [block["minutes"] for part in session for block in part.blocks if block["setting"] == "room"]
        assert sum(taught) <= kind.session_minutes or len(taught) == 1


# --- addresses and templates ---


@pytest.mark.parametrize("slug", BOTH)
def test_every_address_that_is_named_exists(plugins: Registry, slug: str) -> None:
    calls = calls_of(plugins, slug)
    routes: list[Route] = [route for _, route in calls.offer_routes()]
    names = {f"x.{slug}.{route.name}" for route in routes}
    assert len(names) == len(routes)
    items: list[NavItem] = [item for _, item in calls.offer_nav(None)]  # type: ignore[arg-type]  # not looked at
    assert {item.endpoint for item in items} <= names
    templates = folder_of(slug) / "templates"
    said = {name for file in templates.rglob("*.html") for name in re.findall(r'url\(["\']([\w.-]+)', file.read_text())}
    assert {name for name in said if name.startswith("x.")} <= names
    assert {name for name in said if not name.startswith("x.")} <= {*CORE_PAGES, "summaries.report"}
    assert all("anyone" in route.allowed or route.allowed for route in routes)


def test_every_template_compiles() -> None:
    folders = {slug: folder_of(slug) / "templates" for slug in BOTH}
    templates = Templates(core_template_dirs(PACKAGE), folders)
    for slug, folder in folders.items():
        environment = templates.environment((slug,))
        for file in folder.rglob("*.html"):
            environment.get_template(file.relative_to(folder).as_posix())


@pytest.mark.parametrize("slug", BOTH)
def test_pages_where_people_write_say_no_names(slug: str) -> None:
    for file in (folder_of(slug) / "templates").rglob("*.html"):
        text = file.read_text("utf-8")
        assert ("form_start" in text) == ("care_note()" in text), file.name


# --- tables ---


@pytest.mark.parametrize("slug", BOTH)
def test_tables_are_the_partners_and_declared(plugins: Registry, slug: str) -> None:
    manifest = plugins.manifests[slug]
    prefix = slug.replace("-", "_") + "_"
    tables = {each.name: each for each in partner_tables(Base.metadata) if each.name.startswith(prefix)}
    assert set(tables) == set(manifest.tables)
    for name, table in tables.items():
        assert [column.name for column in table.primary_key] == ["partner_id", "id"]
        assert all(each.ondelete == "CASCADE" for each in table.foreign_key_constraints)
        assert all("personal" in column.info for column in table.columns)
        holds = any(column.info["personal"] for column in table.columns)
        assert (name in manifest.personal_tables) == holds
        for index in table.indexes:
            assert next(iter(index.columns)).name == "partner_id"


@pytest.mark.parametrize("slug", BOTH)
def test_models_equal_migrations_with_rows_present(slug: str, plugins: Registry, tmp_path: Path) -> None:
    engine = open_owner_engine(f"sqlite:///{tmp_path / 'kit.db'}")
    manifest = plugins.manifests[slug]
    units = migrations.units_of([(slug, manifest.migrations, manifest.requires_core)])
    assert migrations.upgrade(engine, units[:1]) == ["core"]
    assert migrations.upgrade(engine, units) == [slug]
    assert migrations.upgrade(engine, units) == []
    with engine.connect() as connection:
        assert migrations.drift(connection, units[1]) == []
        assert units[1].present(connection) == f"{PACKAGES[slug]}_0001"
        assert sa.inspect(connection).has_table(manifest.tables[0])
    engine.dispose()


def test_code_speaks_to_the_toolkit_alone() -> None:
    for slug in BOTH:
        for file in folder_of(slug).rglob("*.py"):
            lines = [line for line in file.read_text("utf-8").splitlines() if "systems_changers" in line]
            named = [line for line in lines if line.startswith(("import ", "from "))]
            assert all(line.startswith("from systems_changers.toolkit import") for line in named), file
