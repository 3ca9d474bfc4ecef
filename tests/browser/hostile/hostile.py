"""A plugin that says markup and script in every text of every hook that is asked for any; its templates are in order.

Where a hook takes no markup, it says what would break out of an attribute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NoReturn

from marshmallow import Schema, fields

from systems_changers.infra.catalogues import Catalogues
from systems_changers.infra.paths import translations_dir
from systems_changers.toolkit import (
    Brand,
    CheckResult,
    Choice,
    CohortFacts,
    CohortType,
    Colours,
    Download,
    Endpoint,
    Erasure,
    ExperimentFacts,
    FieldSpec,
    Form,
    HeldData,
    Invalid,
    Message,
    NavItem,
    NotFound,
    Page,
    Panel,
    Redirect,
    Refusal,
    Refused,
    ReportOffer,
    ReportSection,
    RequestFacts,
    Route,
    Scope,
    SessionFacts,
    SubjectFacts,
    VariantOffer,
    hookimpl,
    msg,
)
from tests.browser.corpus import WITHOUT_MARKUP, briefly, in_address, mark, said

SLUG = "hostile"
EVERYBODY = frozenset({"anyone"})
MEMBERS = frozenset({"administrator", "facilitator", "participant", "line_manager", "analyst"})
COLOURS = Colours("#17453a", "#fdf7ea", "#a8431a", "#ffffff", "#faf6ed", "#1f2a25", "#ebeee0")
MODULE = "core:noticing-in-the-field"
MODULE_HASH = "sha256:e84550d1ecbee19823eef538d1b1bd3fb0754ef768f1d5a9639855dd79cefbfb"
VARIANT = f"{SLUG}:variant"
KIND = f'type-key {mark("type.key")}"><script>alert(1)</script>'


def told(place: str) -> Message:
    """A sentence with a value, both as they should not be."""
    return msg(f"{said(f'{place}.text').replace('%', '%%')} %(value)s", value=said(f"{place}.value"))


@hookimpl
def sc_choose_brand() -> Brand:
    """A name and a line of words; colours and fonts can't hold any."""
    return Brand(briefly("brand.name"), briefly("brand.tagline"), "<b>'", COLOURS, COLOURS, "Georgia, serif", "serif")


@hookimpl
def sc_refine_terms(terms: Mapping[str, str]) -> Mapping[str, str]:
    """Every word of the kit with a tail: markup for those that have some, as the kit would let nobody else."""
    tail = f" {mark('terms')} {WITHOUT_MARKUP}"
    words = Catalogues(translations_dir()).msgids()
    return {**terms, **{each: f"{each}{' <img src=x onerror=alert(1)>' if '<' in each else tail}" for each in words}}


# --- pages ---


class OneSchema(Schema):
    """A form with one field of each kind."""

    number = fields.Integer(required=True, metadata={"label": said("form.label"), "hint": said("form.hint")})


def show(_scope: Scope, request: RequestFacts) -> Page:
    """A page of values."""
    values = {"text": said("page.value"), "asked": request.query.get("asked", ""), "form": Form.blank(OneSchema)}
    return Page("hostile/page.html", values)


def unsafe(_scope: Scope, _request: RequestFacts) -> Page:
    """What this plugin's other templates never do, so that a test sees that it would be noticed."""
    return Page("hostile/unsafe.html", {"text": said("unsafe.value")})


def save(_scope: Scope, request: RequestFacts) -> Page | Redirect:
    """However it is sent, it is answered in another way."""
    what = request.form.get("what")
    if what == "notice":
        return Redirect("x.hostile.show", notice=told("notice"))
    if what == "refused":
        raise Refused(told("refused"))
    if what == "invalid":
        raise Invalid(told("invalid"))
    if what == "missing":
        raise NotFound(told("missing"))
    if what == "broken":
        raise RuntimeError(said("page.error"))
    form = Form.read(OneSchema, request.form)
    form.fail(Invalid(fields={"number": [told("form.number")]})).fail(Invalid(told("form.whole")))
    return Page("hostile/page.html", {"text": "", "asked": "", "form": form}, 422)


def keep(_scope: Scope, _request: RequestFacts) -> Download:
    """A file that is a page."""
    return Download(said("download").encode(), briefly("download.name"), "text/html")


def answer(_scope: Scope) -> Mapping[str, object]:
    """What a program is told."""
    return {briefly("endpoint.name"): said("endpoint.value")}


@hookimpl
def sc_offer_routes() -> Sequence[Route]:
    """Pages."""
    return [
        Route("/show", "show", show, EVERYBODY),
        Route("/show", "save", save, EVERYBODY, ("POST",)),
        Route("/unsafe", "unsafe", unsafe, EVERYBODY),
        Route("/keep", "keep", keep, EVERYBODY),
    ]


@hookimpl
def sc_offer_endpoints() -> Sequence[Endpoint]:
    """An answer."""
    return [Endpoint("/answer", briefly("endpoint.route"), answer, MEMBERS)]


@hookimpl
def sc_offer_nav() -> Sequence[NavItem]:
    """An entry, and one that leads nowhere."""
    return [
        NavItem(said("nav.label"), "x.hostile.show", MEMBERS),
        NavItem("Nowhere", briefly("nav.endpoint"), MEMBERS),
    ]


@hookimpl
def sc_offer_slot(place: str, cohort: CohortFacts | None) -> Sequence[Panel]:
    """A panel in every place, and one that can't be made."""
    values = {"text": said(f"slot.{place}"), "cohort": cohort}
    return [Panel("hostile/panel.html", values), Panel(briefly("slot.template"), values)]


# --- curriculum, cohorts, sessions, experiments ---


@hookimpl
def sc_offer_variants() -> Sequence[VariantOffer]:
    """A form of a module; and one of a module that nobody knows."""
    changed = {
        "action": "replace", "block": "ethics-brief", "why": said("variant.change.why"), "effect": "keeps",
        "fields": {
            "title": said("variant.block.title"), "purpose": said("variant.block.purpose"),
            "steps": [said("variant.block.step")], "notes": said("variant.block.notes"),
            "materials": [said("variant.block.material")],
        },
    }  # fmt: skip
    dropped = {"action": "drop", "block": "observation-diary", "why": said("variant.drop.why"), "effect": "changes"}
    texts = {"title": said("variant.title"), "why": said("variant.why"), "label": briefly("variant.label")}
    return [
        VariantOffer(VARIANT, MODULE, MODULE_HASH, locale="en_GB", changes=(changed, dropped), **texts),
        VariantOffer(
            briefly("variant.identity"), said("variant.base"), MODULE_HASH, locale="en_GB", changes=(), **texts
        ),
    ]


@hookimpl
def sc_offer_cohort_types() -> Sequence[CohortType]:
    """A kind of cohort with a question of each kind; its key is in addresses."""
    kinds = ("text", "long_text", "number", "date", "choice", "yes_no")
    choices = (Choice(briefly("type.choice.value"), said("type.choice.label")),)
    questions = tuple(
        FieldSpec(f"q-{kind}", said(f"type.{kind}.label"), kind, said(f"type.{kind}.hint"),
                  choices=choices if kind == "choice" else ())
        for kind in kinds
    )  # fmt: skip
    return [
        CohortType(KIND, said("type.label"), "place", said("type.description"), fields=questions,
                   variants=MappingProxyType({"noticing-in-the-field": VARIANT}))
    ]  # fmt: skip


@hookimpl
def sc_check_cohort_transition(cohort: CohortFacts, to: str) -> Sequence[Refusal]:
    """No."""
    return [Refusal(told("cohort.refusal"), "cohorts.show", {"cohort_id": cohort.id})] if to else []


@hookimpl
def sc_check_session_transition(session: SessionFacts) -> Sequence[Refusal]:
    """No."""
    return [Refusal(told("session.refusal"), "sessions.show", {"session_id": session.id})]


@hookimpl
def sc_check_experiment_transition(experiment: ExperimentFacts) -> Sequence[Refusal]:
    """No."""
    return [Refusal(told("experiment.refusal"), briefly("experiment.endpoint"), {"id": experiment.id})]


# --- reports, people's own data, watching ---


def build(_scope: Scope, _cohort: CohortFacts) -> Sequence[ReportSection]:
    """A report."""
    return [
        ReportSection(told("report.section"), (told("report.sentence"), said("report.plain")),
                      (said("report.head"), told("report.head2")), ((said("report.cell"), told("report.cell2")),))
    ]  # fmt: skip


def broken(_scope: Scope, _cohort: CohortFacts) -> NoReturn:
    """A report that can't be made."""
    raise ValueError(said("report.error"))


@hookimpl
def sc_offer_reports() -> Sequence[ReportOffer]:
    """A report, and one that can't be made."""
    return [
        ReportOffer(in_address("report.key"), said("report.title"), said("report.description"), build),
        ReportOffer("broken", said("report.broken.title"), said("report.broken.description"), broken),
    ]


@hookimpl
def sc_offer_personal_data(subject: SubjectFacts) -> Sequence[HeldData]:
    """What it holds of a person."""
    rows = ((said("held.cell"), told("held.cell2")), (subject.name, ""))
    heads = (said("held.head"), told("held.head2"))
    return [HeldData(briefly("held.key"), told("held.title"), told("held.purpose"), told("held.keep"), heads, rows)]


@hookimpl
def sc_offer_erasures(subject: SubjectFacts) -> Sequence[Erasure]:
    """What it would erase of a person."""
    return [Erasure(str(subject.person_id), told("erasure.title"), 1, lambda _scope: None, told("erasure.kept"))]


@hookimpl
def sc_offer_checks() -> Sequence[CheckResult]:
    """For the doctor, which has no page."""
    return [CheckResult("own", "warning", told("check.message"), told("check.fix"))]
