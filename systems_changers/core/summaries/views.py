"""Summaries' pages: a partner's own figures and what it shares; at the foundation, partners side by side."""

from __future__ import annotations

from uuid import UUID

from flask import Request

from systems_changers.core.summaries import queries, service
from systems_changers.core.summaries.rules.indicators import indicators
from systems_changers.core.summaries.schemas import ShareForm
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import Scope
from systems_changers.infra.errors import Invalid, NotFound
from systems_changers.infra.slices import Slice
from systems_changers.infra.text import msg
from systems_changers.web.answers import Sheet
from systems_changers.web.edge import Pages
from systems_changers.web.forms import Form
from systems_changers.web.pagination import page_of, pager

pages = Pages("summaries")
KINDS = ("hosting", "listed")


@pages.get("/figures/")
def figures(scope: Scope, _request: Request) -> Page:
    """This partner's figures, whole."""
    own = queries.own_figures(scope)
    values = {"own": own, "mix": queries.module_mix(scope, own), "reports": bool(queries.reports_allowed(scope))}
    return Page("summaries/figures.html", values)


@pages.post("/figures/count")
def count_again(scope: Scope, _request: Request) -> Redirect:
    """Count every cohort now instead of in a few minutes."""
    service.roll_up(scope)
    return Redirect("summaries.figures", notice=msg("Counted again."))


@pages.get("/figures/sharing")
def sharing(scope: Scope, _request: Request) -> Page:
    """What the foundation sees of this partner, or would see."""
    return _sharing(scope, None)


def _sharing(scope: Scope, form: Form | None) -> Page:
    agreement = queries.agreement_of(scope)
    if agreement is None or scope.partner.kind == "foundation":
        raise NotFound
    everything = tuple(indicators())
    titles = [(each.id, msg(each.title)) for each in indicators().values()]
    blank = form or Form.blank(ShareForm, {"indicators": list(everything)}, choices={"indicators": titles})
    seen = queries.shared_view(queries.own_figures(scope), agreement.indicators or everything)
    values = {"agreement": agreement, "seen": seen, "form": blank}
    return Page("summaries/sharing.html", values, 422 if form else 200)


@pages.post("/figures/sharing")
def agree(scope: Scope, request: Request) -> Page | Redirect:
    """Begin to share."""
    titles = [(each.id, msg(each.title)) for each in indicators().values()]
    form = Form.read(ShareForm, request.form, choices={"indicators": titles})
    if not form.ok:
        return _sharing(scope, form)
    try:
        agreement = service.agree_sharing(scope, form.values["indicators"])
    except Invalid as invalid:
        return _sharing(scope, form.fail(invalid))
    undo = ("summaries.end", {"agreement_id": agreement.id})
    return Redirect("summaries.sharing", notice=msg("You share these figures from today on."), undo=undo)


@pages.post("/figures/sharing/<uuid:agreement_id>/end")
def end(scope: Scope, _request: Request, agreement_id: UUID) -> Redirect:
    """Stop sharing."""
    service.end_sharing(scope, agreement_id)
    return Redirect("summaries.sharing", notice=msg("You share no figures any more."))


@pages.get("/cohorts/<uuid:cohort_id>/reports/")
def reports(scope: Scope, _request: Request, cohort_id: UUID) -> Page:
    """The reports on offer about a cohort."""
    cohort, offers = queries.reports(scope, cohort_id)
    return Page("summaries/reports.html", {"cohort": cohort, "offers": offers})


@pages.get("/cohorts/<uuid:cohort_id>/reports/<key>")
def report(scope: Scope, _request: Request, cohort_id: UUID, key: str) -> Page:
    """One report, to read and to print."""
    found = queries.report(scope, cohort_id, key)
    values = {"cohort": found.cohort, "offer": found.offer, "sections": found.sections}
    return Page("summaries/report.html", {**values, "made_at": scope.clock.now()})


@pages.get("/compare/")
def compare(scope: Scope, request: Request) -> Page:
    """Partners side by side, in alphabetical order."""
    kind, asked, totals = _kind(scope, request), page_of(request.args), queries.totals(scope)

    def make() -> dict[str, object]:
        rows = queries.received_page(scope, kind, asked)
        everyone = rows if kind == "listed" or len(rows) == totals.of(kind) else queries.received_rows(scope, kind)
        return {"partners": rows, "overview": queries.overview(everyone), "indicators": list(indicators().values())}

    shown = Slice(range(asked.offset, min(asked.offset + asked.size, totals.of(kind))), totals.of(kind), *asked)
    values = {"kind": kind, "pager": pager(shown, request.args), "totals": totals, "make": make}
    return Page("summaries/compare.html", values | {"edition": (totals.edition, kind, asked)})


@pages.get("/compare/figures/<label>")
def compare_figure(scope: Scope, request: Request, label: str) -> Page:
    """One figure of the hosting partners, with its intervals and its definition."""
    kind, asked = _kind(scope, request), page_of(request.args)
    chosen = next((each for each in indicators().values() if each.label == label), None)
    if chosen is None or kind != KINDS[0]:
        raise NotFound
    total = queries.totals(scope).of(kind)
    found = Slice(queries.one_figure(scope, chosen.id, asked), total, *asked)
    values = {"partners": found.rows, "pager": pager(found, request.args), "indicator": chosen}
    return Page("summaries/compare_figure.html", values | {"indicators": list(indicators().values())})


@pages.get("/compare/file")
def compare_file(scope: Scope, request: Request) -> Sheet:
    """The same figures as a table for a spreadsheet; what is hidden on the page is hidden here."""
    kind = _kind(scope, request)
    return Sheet(queries.sheet(scope, kind), f"figures-{kind}.csv")


@pages.post("/compare/gather")
def gather(scope: Scope, _request: Request) -> Redirect:
    """Gather what partners share now instead of in a few minutes."""
    service.gather(scope)
    return Redirect("summaries.compare", notice=msg("Gathered again."))


def _kind(scope: Scope, request: Request) -> str:
    kind = request.args.get("kind", KINDS[0])
    if scope.partner.kind != "foundation" or kind not in KINDS:
        raise NotFound
    return kind
