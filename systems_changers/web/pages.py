"""Renders a page: the partner's look, words and navigation around what the view answered.

What doesn't change with the person (look, words) is kept a partner and revision; the rest is made for each page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from flask import Response, make_response, request
from markupsafe import Markup

from systems_changers.hooks.calls import Calls
from systems_changers.hooks.facts import (
    ActorFacts,
    Brand,
    Care,
    NavItem,
    Page,
    PartnerFacts,
    Redirect,
    care_of,
)
from systems_changers.hooks.scope import AnyScope, Scope
from systems_changers.infra.catalogues import Catalogue
from systems_changers.infra.languages import language, match_accept_language
from systems_changers.infra.text import Message
from systems_changers.web import csrf, safety
from systems_changers.web.addresses import Place
from systems_changers.web.arrival import Arrival
from systems_changers.web.assets import asset
from systems_changers.web.brand import (
    DEFAULT_BRAND,
    FIRST_NAME,
    brand_css,
    brand_from_json,
    brand_icon,
    check_brand,
    monogram,
)
from systems_changers.web.forms import Form
from systems_changers.web.house import Demo, House
from systems_changers.web.i18n import Formats
from systems_changers.web.layers import IMPORTED
from systems_changers.web.links import WebLinks

SOURCE_LOCALE = "en_GB"
MOST_PIECES = 256


class Look(NamedTuple):
    """A partner's brand, its icon as a data URL, and its custom properties as CSS."""

    brand: Brand
    icon: str
    css: Markup


class NavEntry(NamedTuple):
    """One entry of the navigation as the page shows it."""

    label: str
    href: str
    current: bool


class Notice(NamedTuple):
    """Something to say once on the next page; `undo_href` is where a form can take it back."""

    kind: str
    text: str
    undo_href: str | None


@dataclass(slots=True)
class Visit:
    """One request: where it goes, who makes it, and the scope that serves it.

    `whole` is who it would be with the second factor that is asked of them.
    """

    house: House
    place: Place
    arrival: Arrival
    scope: AnyScope
    links: WebLinks
    secret: str | None
    whole: ActorFacts
    new_visit: str | None = None
    said_notice: bool = False
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def partner(self) -> PartnerFacts | None:
        """The partner visited, if any."""
        return self.arrival.partner

    @property
    def calls(self) -> Calls | None:
        """The partner's hooks, if a partner is visited."""
        return self.scope.hooks if isinstance(self.scope, Scope) else None

    @property
    def plugins(self) -> tuple[str, ...]:
        """The partner's plugins that are loaded."""
        return self.calls.view.plugins if self.calls is not None else ()

    @property
    def sign_on_due(self) -> bool:
        """Whether somebody is less than they are because they didn't come in with the partner's sign-on."""
        return self.whole != self.scope.actor and self.house.owes_sign_on(self.whole, self.arrival)

    @property
    def locale(self) -> str:
        """The language of this page: chosen in this browser, by the account, by the browser, by the partner."""
        if "locale" not in self.kept:
            offered = self.partner.locales if self.partner else (SOURCE_LOCALE,)
            account = self.arrival.account
            wanted = (self.house.cookies.read(request, "locale"), self.scope.actor.locale, account and account.locale)
            chosen = next((each for each in wanted if each in offered), None)
            header = request.headers.get("Accept-Language", "")
            self.kept["locale"] = chosen or match_accept_language(header, offered) or offered[0]
        locale: str = self.kept["locale"]
        return locale

    @property
    def catalogue(self) -> Catalogue:
        """The words of this page's language, the partner's first."""
        if "catalogue" not in self.kept:
            self.kept["catalogue"] = words(self.house, self.partner, self.calls, self.locale)
        catalogue: Catalogue = self.kept["catalogue"]
        return catalogue


def words(house: House, partner: PartnerFacts | None, calls: Calls | None, locale: str) -> Catalogue:
    """The flattened catalogue of one partner, revision and language."""
    if partner is None or calls is None:
        return house.kit.catalogues.catalogue(locale)
    key = ("words", partner.id, partner.revision, locale, calls.view.plugins)
    found = house.looks.get(key)
    if found is None:

        def terms(code: str) -> Mapping[str, str]:
            return calls.refine_terms(partner, code, dict(partner.terms.get(code, {})))

        found = house.looks[key] = house.kit.catalogues.catalogue(locale, calls.view.plugins, terms, key)
    catalogue: Catalogue = found
    return catalogue


def look_of(house: House, partner: PartnerFacts | None, calls: Calls | None) -> Look:
    """A partner's look: its own, else its plugins', else the kit's; one that fails contrast is not used."""
    if partner is None or calls is None:
        return _look(DEFAULT_BRAND)
    key = ("look", partner.id, partner.revision, calls.view.plugins)
    found = house.looks.get(key)
    if found is None:
        brand = brand_from_json(partner.brand, partner.name) if partner.brand else None
        if brand is None or check_brand(brand):
            chosen = calls.choose_brand(partner, check_brand)
            brand = _under_own_name(partner, *chosen) if chosen else brand_from_json({}, partner.name)
        found = house.looks[key] = _look(brand)
    look: Look = found
    return look


def _under_own_name(partner: PartnerFacts, plugin: str, brand: Brand) -> Brand:
    """A plugin's brand; it names the partner only in the partner's own plugin, by its slug, under its first name."""
    if plugin == partner.slug and partner.name == partner.settings.get(FIRST_NAME, partner.name):
        return brand
    return replace(brand, name=partner.name, mark=monogram(partner.name))


def _look(brand: Brand) -> Look:
    return Look(brand, brand_icon(brand), Markup(brand_css(brand)))  # noqa: S704 - colours and fonts were checked on the way in


def render(visit: Visit, page: Page, extra: Mapping[str, Any] | None = None) -> Response:
    """The page as HTML, with what every template is given."""
    shared = visit.kept["context"] = context(visit)
    values = {**shared, **_told(page.values, visit.catalogue), **(extra or {})}
    response = make_response(render_standing(visit.house, visit.calls, page.template, values), page.status)
    if visit.new_visit is not None:
        visit.house.cookies.put(response, "visit", visit.new_visit)
    if visit.said_notice:
        visit.house.cookies.clear(response, "notice")
    return response


def render_standing(house: House, calls: Calls | None, template: str, values: Mapping[str, Any]) -> str:
    """The template's text; a plugin whose layer fails is left out of it and reported, so that the page stands."""
    plugins = calls.view.plugins if calls is not None else ()
    try:
        return house.templates.render(plugins, template, values)
    except Exception as error:
        if calls is None:
            raise
        text, blamed = house.templates.render_without(plugins, template, values, error)
    for plugin, why in blamed.items():
        calls.report(plugin, "templates", why)
    return text


def _told(values: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    return {
        name: value.told(catalogue.translate) if isinstance(value, Form) else value for name, value in values.items()
    }


def context(visit: Visit) -> dict[str, Any]:
    """What every template is given (see docs/templates.md)."""
    words_, look = visit.catalogue, look_of(visit.house, visit.partner, visit.calls)
    actor, locale = visit.scope.actor, visit.locale
    zone = actor.time_zone or (visit.partner.time_zone if visit.partner else "Europe/London")
    return {
        "_": words_.translate,
        "gettext": words_.gettext,
        "ngettext": words_.ngettext,
        "translate": words_.translate,
        "partner": visit.partner,
        "brand": look.brand,
        "brand_css": look.css,
        "brand_icon": look.icon,
        "actor": actor,
        "nav": navigation(visit),
        "csrf": csrf_token(visit),
        "nonce": safety.nonce(),
        "language": words_.language,
        "languages": [language(each) for each in (visit.partner.locales if visit.partner else (SOURCE_LOCALE,))],
        "demo": demo_bar(visit),
        "care": _care(visit.partner),
        "url": visit.links.path,
        "asset": asset,
        "notices": notices(visit),
        "factor_due": visit.whole != actor and not visit.sign_on_due,
        "sign_on_due": visit.sign_on_due,
        "fmt": Formats(locale, zone, words_, visit.scope.clock.now),
        "here": request.full_path.rstrip("?"),
        "panels": partial(panels, visit),
        "piece": partial(piece, visit),
        IMPORTED: {},
    }


def _care(partner: PartnerFacts | None) -> Care | None:
    """Whom the partner names, where a page has no cohort of its own to ask."""
    told = partner.settings.get("care") if partner else None
    return care_of(told.get("name"), told.get("contact")) if told else None


def demo_bar(visit: Visit) -> Demo | None:
    """The demo's people, on every page of a demo and nowhere else."""
    return visit.house.demo


WITHIN = {"cohorts.index": ("/sessions/",)}
"""Pages that belong under an entry whose address is another."""


def navigation(visit: Visit) -> list[NavEntry]:
    """The entries this person may use, the kit's and the plugins', in order."""
    scope = visit.scope
    if not isinstance(scope, Scope) or not scope.actor.signed_in:
        return []
    items: list[NavItem] = [item for item in visit.house.navigation if _shown(item, scope)]
    items += [item for item in _offered(visit, scope) if _shown(item, scope)]
    path, entries = request.path, []
    for item in sorted(items, key=lambda each: each.order):
        if item.endpoint in visit.house.paths:
            href = visit.links.path(item.endpoint)
            own = href.removeprefix(visit.links.root)
            current = path == own or (own != "/" and path.startswith((own, *WITHIN.get(item.endpoint, ()))))
            entries.append(NavEntry(visit.catalogue.gettext(item.label), href, current))
    return entries


def _offered(visit: Visit, scope: Scope) -> list[NavItem]:
    """The plugins' entries; one that leads nowhere is reported."""
    offers = scope.hooks.offer_nav(scope)
    for plugin, item in offers:
        if item.endpoint not in visit.house.paths:
            scope.hooks.report(plugin, "sc_offer_nav", f"there is no page {item.endpoint}")
    return [item for _plugin, item in offers]


def _shown(item: NavItem, scope: Scope) -> bool:
    return "signed_in" in item.allowed or not item.allowed.isdisjoint(scope.actor.roles)


def csrf_token(visit: Visit) -> str:
    """The token for this browser's forms; a browser without a secret is given one with this page."""
    secret = visit.secret or visit.house.cookies.read(request, "visit") or visit.new_visit
    if secret is None:
        secret = visit.new_visit = csrf.new_visit()
    return csrf.token_for(visit.house.kit.settings.secret_key, secret)


def piece(visit: Visit, template: str, edition: object, make: Callable[[], Mapping[str, Any]]) -> Markup:
    """A long piece of a page that says the same to everybody here: rendered once for each `edition` of what it shows.

    `make` answers its values and is asked only then. It may hold nothing of the person, the request or the moment.
    """
    partner, pieces = visit.partner, visit.house.pieces
    here = (partner.id, partner.revision) if partner is not None else None
    key = (template, edition, here, visit.locale, visit.plugins, visit.links.root)
    found = pieces.get(key)
    if found is None:
        shared = visit.kept.get("context") or context(visit)
        text = render_standing(visit.house, visit.calls, template, {**shared, **make()})
        if len(pieces) >= MOST_PIECES:
            pieces.clear()
        found = pieces[key] = Markup(text)  # noqa: S704 - an autoescaped template made it
    made: Markup = found
    return made


def panels(visit: Visit, place: str, cohort: Any = None) -> list[Markup]:
    """What plugins put into a named place of this page, each rendered from its own template."""
    scope = visit.scope
    if not isinstance(scope, Scope):
        return []
    shared = visit.kept.get("context") or context(visit)
    made = []
    for plugin, panel in scope.hooks.offer_slot(scope, place, cohort):
        try:
            html = visit.house.templates.render(visit.plugins, panel.template, {**shared, **panel.values})
        except Exception as error:  # noqa: BLE001 - one plugin's template must not take the page down
            scope.hooks.report_error(plugin, "sc_offer_slot", error, panel.template)
        else:
            made.append(Markup(html))  # noqa: S704 - an autoescaped template made it
    return made


def go(visit: Visit, answer: Redirect) -> Response:
    """A redirect to a page of this partner, with what is to be said there."""
    response = see_other(visit.links.path(answer.endpoint, **answer.values))
    if answer.notice is not None:
        undo = visit.links.path(answer.undo[0], **answer.undo[1]) if answer.undo else None
        say_next(visit, response, answer.notice, undo)
    return response


def say_next(visit: Visit, response: Response, notice: Message, undo: str | None = None) -> Response:
    """The redirect, with what is to be said where it leads."""
    days = {name: value.isoformat() for name, value in notice.values.items() if type(value) is date}
    values = {name: str(value) for name, value in notice.values.items() if name not in days}
    said = {"text": notice.text, "values": values, "days": days, "many": notice.many, "undo": undo}
    visit.house.cookies.put(response, "notice", visit.house.cookies.sign(said))
    return response


def see_other(path: str, status: int = 303) -> Response:
    """A redirect to a path of this host; with 307 the browser sends its form there again."""
    response = Response(status=status)
    response.headers["Location"] = path
    return response


def notices(visit: Visit) -> list[Notice]:
    """What the page before wanted said here."""
    said = visit.house.cookies.unsign(visit.house.cookies.read(request, "notice"))
    if not isinstance(said, dict):
        return []
    visit.said_notice = True
    days = {name: date.fromisoformat(day) for name, day in said.get("days", {}).items()}
    message = Message(said["text"], {**said["values"], **days}, said.get("many", ""))
    return [Notice("done", visit.catalogue.translate(message), said["undo"])]
