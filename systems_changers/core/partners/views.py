"""A partner's settings for its administrators, and the list of partners for the operator."""

from __future__ import annotations

from typing import Any

from flask import Request, g

from systems_changers.core.operations.queries import KeptSettings, file_room, plugin_settings
from systems_changers.core.partners import queries, service
from systems_changers.core.partners.forms import (
    BrandForm,
    DetailsForm,
    TermForm,
    brand_json,
    brand_values,
    settings_form,
)
from systems_changers.core.partners.rules import KINDS, texts_with
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.manifest import Manifest
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra import revisions
from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Conflict, Invalid, NotFound
from systems_changers.infra.languages import language
from systems_changers.infra.text import msg
from systems_changers.web.edge import Pages
from systems_changers.web.forms import Choices, Form
from systems_changers.web.pages import Visit, look_of
from systems_changers.web.pagination import page_of, pager

MOST_FOUND = 60
pages = Pages("partners")


@pages.get("/operator/", where="instance")
def every_partner(scope: OperatorScope, request: Request) -> Page:
    """The instance's partners; hosting ones and the foundation unless another kind is asked for."""
    asked, search = page_of(request.args), request.args.get("q", "")[:100].strip()
    kind = request.args.get("kind", "")
    kinds = [kind] if kind in KINDS else ["hosting", "foundation"]
    rows = queries.partners_listed(scope.db, kinds=kinds, search=search, number=asked.number, size=asked.size)
    values = {"rows": rows, "page": pager(rows, request.args), "q": search, "kind": kind}
    return Page("partners/every_partner.html", values)


def _visit() -> Visit:
    found: Visit = g.visit
    return found


# --- details ---


def _languages(scope: Scope) -> Choices:
    catalogues = _visit().house.kit.catalogues
    plugins = [scope.hooks.views.registry.manifests[slug] for slug in scope.hooks.view.plugins]
    known = [*scope.partner.locales, *catalogues.core_locales(), *(code for each in plugins for code in each.languages)]
    return {"locales": [(code, language(code).name) for code in dict.fromkeys(known)]}


@pages.get("/settings/")
def settings(scope: Scope, _request: Request) -> Page:
    """Name, languages, time zone, domains and whom to turn to."""
    sheet, own = queries.sheet(scope), scope.actor.is_operator
    known = {
        "name": sheet.name,
        "locales": sheet.locales,
        "time_zone": sheet.time_zone,
        "domains": "\n".join(sheet.domains),
        "care_name": sheet.care.get("name", ""),
        "care_contact": sheet.care.get("contact", ""),
    }
    form = Form.blank(_details_form(scope), known, sheet.version, _languages(scope))
    values = {"form": form, "domains": () if own else sheet.domains, "room": file_room(scope)}
    return Page("partners/settings.html", values)


def _details_form(scope: Scope) -> DetailsForm:
    """The operator's has the domains, an administrator's has not."""
    return DetailsForm(exclude=() if scope.actor.is_operator else ("domains",))


@pages.post("/settings/")
def save_settings(scope: Scope, request: Request) -> Page | Redirect:
    """Save the details."""
    form = Form.read(_details_form(scope), request.form, _languages(scope))
    if form.ok:
        domains = tuple(form.values["domains"].split()) if "domains" in form.values else None
        details = service.Details(**{**form.values, "locales": tuple(form.values["locales"]), "domains": domains})
        try:
            service.change_partner(scope, details, form.version or 0, _visit().house.kit.settings.hosts)
            return Redirect("partners.settings", notice=msg("Saved."))
        except Invalid as error:
            form.fail(error)
        except Conflict as error:
            return Page("partners/settings.html", {"form": form.meet(error)}, 409)
    return Page("partners/settings.html", {"form": form}, 422)


# --- look ---


@pages.get("/settings/look")
def look(scope: Scope, _request: Request) -> Page:
    """The look in force, to be made the partner's own."""
    sheet, shown = queries.sheet(scope), look_of(_visit().house, scope.partner, scope.hooks).brand
    form = Form.blank(BrandForm, brand_values(shown), sheet.version)
    return Page("partners/look.html", {"form": form, "own": bool(sheet.brand)})


@pages.post("/settings/look")
def save_look(scope: Scope, request: Request) -> Page | Redirect:
    """Save a look of the partner's own."""
    form = Form.read(BrandForm, request.form)
    if form.ok:
        try:
            service.save_brand(scope, brand_json(form.values), form.version or 0)
            return Redirect("partners.look", notice=msg("Saved."))
        except Invalid as error:
            form.fail(error)
        except Conflict as error:
            return Page("partners/look.html", {"form": form.meet(error), "own": bool(scope.partner.brand)}, 409)
    return Page("partners/look.html", {"form": form, "own": bool(scope.partner.brand)}, 422)


@pages.post("/settings/look/drop")
def drop_look(scope: Scope, _request: Request) -> Redirect:
    """Go back to the look of the partner's plugins, or the kit's."""
    service.save_brand(scope, {}, queries.sheet(scope).version)
    return Redirect("partners.look", notice=msg("Your own look is taken back."))


# --- words ---


def _texts() -> frozenset[str]:
    """Every text that the kit and this partner's plugins say."""
    visit = _visit()
    return visit.house.kit.catalogues.msgids(visit.plugins)


def _words(scope: Scope, request: Request, form: Form | None = None) -> Page:
    asked = {name: clean_text(request.args.get(name, "")) for name in ("word", "locale", "msgid")}
    choices = {"locale": [(code, language(code).name) for code in scope.partner.locales]}
    found = texts_with(asked["word"], _texts())
    values = {
        "form": form or Form.blank(TermForm, {name: asked[name] for name in ("locale", "msgid")}, choices=choices),
        "terms": {language(code).name: (code, terms) for code, terms in queries.sheet(scope).terms.items()},
        "asked": asked, "found": found[:MOST_FOUND], "more": max(0, len(found) - MOST_FOUND),
    }  # fmt: skip
    return Page("partners/words.html", values, 422 if form else 200)


@pages.get("/settings/words")
def words(scope: Scope, request: Request) -> Page:
    """The partner's own words, and every text that holds a word."""
    return _words(scope, request)


@pages.post("/settings/words")
def save_word(scope: Scope, request: Request) -> Page | Redirect:
    """Say something in words of one's own."""
    choices = {"locale": [(code, language(code).name) for code in scope.partner.locales]}
    form = Form.read(TermForm, request.form, choices)
    if form.ok:
        try:
            locale, msgid = form.values["locale"], form.values["msgid"]
            service.save_term(scope, locale, msgid, form.values["text"], _texts())
            said = msg("Saved. It stands for this one text; others that hold the word are listed below.")
            return Redirect("partners.words", {"word": msgid, "locale": locale}, said)
        except Invalid as error:
            form.fail(error)
    return _words(scope, request, form)


@pages.post("/settings/words/drop")
def take_back_word(scope: Scope, request: Request) -> Redirect:
    """Use the kit's words again."""
    service.take_back_term(scope, request.form.get("locale", ""), request.form.get("msgid", ""))
    return Redirect("partners.words", notice=msg("The kit's words are used again."))


# --- plugins ---


@pages.get("/settings/plugins/")
def plugins(scope: Scope, _request: Request) -> Page:
    """Every installed plugin: those that are on in their order, then the others."""
    registry = scope.hooks.views.registry
    on = [registry.manifests[slug] for slug in scope.partner.plugins if slug in registry.manifests]
    off = [each for slug, each in sorted(registry.manifests.items()) if slug not in scope.partner.plugins]
    missing = [slug for slug in scope.partner.plugins if slug not in registry.manifests]
    return Page("partners/plugins.html", {"on": on, "off": off, "missing": missing})


def _waiting(scope: Scope) -> list[str]:
    manifests = scope.hooks.views.registry.manifests
    plugins = [(slug, each.migrations) for slug, each in manifests.items()]
    return list(revisions.waiting(_visit().house.kit.engine, plugins))


@pages.post("/settings/plugins/<slug>/on")
def enable(scope: Scope, _request: Request, slug: str) -> Redirect:
    """Turn a plugin on."""
    waiting = _waiting(scope)
    service.enable_plugin(scope, _known(scope, slug).slug, pending=waiting.__contains__)
    undo = ("partners.disable", {"slug": slug})
    return Redirect("partners.plugins", notice=msg("The plugin is on."), undo=undo)


@pages.post("/settings/plugins/<slug>/off")
def disable(scope: Scope, _request: Request, slug: str) -> Redirect:
    """Turn a plugin off; its data and settings are kept."""
    service.disable_plugin(scope, slug)
    undo = ("partners.enable", {"slug": slug})
    return Redirect("partners.plugins", notice=msg("The plugin is off. Its data is kept."), undo=undo)


@pages.post("/settings/plugins/<slug>/move")
def move(scope: Scope, request: Request, slug: str) -> Redirect:
    """Put a plugin a place earlier or later; earlier ones win."""
    service.move_plugin(scope, slug, up=request.form.get("up") == "1")
    return Redirect("partners.plugins")


def _known(scope: Scope, slug: str) -> Manifest:
    manifest = scope.hooks.views.registry.manifests.get(slug)
    if manifest is None:
        raise NotFound
    return manifest


@pages.get("/settings/plugins/<slug>/")
def plugin(scope: Scope, _request: Request, slug: str) -> Page:
    """A plugin's settings."""
    manifest = _known(scope, slug)
    kept = plugin_settings(scope).get(slug, KeptSettings({}, None))
    defaults = {name: spec.get("default") for name, spec in manifest.settings.items()}
    known: dict[str, Any] = {**defaults, **kept.values}
    form = Form.blank(settings_form(manifest), known, kept.version)
    return Page("partners/plugin.html", {"form": form, "plugin": manifest})


@pages.post("/settings/plugins/<slug>/")
def save_plugin(scope: Scope, request: Request, slug: str) -> Page | Redirect:
    """Save a plugin's settings."""
    manifest = _known(scope, slug)
    form = Form.read(settings_form(manifest), request.form)
    if form.ok:
        try:
            service.save_plugin_settings(scope, slug, form.values, form.version)
            return Redirect("partners.plugins", notice=msg("Saved."))
        except Invalid as error:
            form.fail(error)
        except Conflict as error:
            return Page("partners/plugin.html", {"form": form.meet(error), "plugin": manifest}, 409)
    return Page("partners/plugin.html", {"form": form, "plugin": manifest}, 422)
