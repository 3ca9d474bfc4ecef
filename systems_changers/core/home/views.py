"""Home's pages: the chooser, a partner's front page, what needs doing, files, the choice of language, and the demo."""

from __future__ import annotations

from uuid import UUID

from flask import Request, g

from systems_changers.core.cohorts import queries as cohorts
from systems_changers.core.cohorts import rules as cohort_rules
from systems_changers.core.experiments import queries as experiments
from systems_changers.core.home import queries, rules
from systems_changers.core.home.service import demo_people
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.queries import instance_is_demo
from systems_changers.core.people import queries as people
from systems_changers.core.sessions import queries as sessions
from systems_changers.hooks.facts import Page, Redirect
from systems_changers.hooks.scope import OperatorScope, Scope
from systems_changers.infra.errors import NotFound
from systems_changers.web.answers import ChooseLanguage, Content, SignIn
from systems_changers.web.edge import Pages
from systems_changers.web.pagination import page_of, pager

pages = Pages("home")


def chooser(scope: OperatorScope, _request: Request) -> Page:
    """Outside any partner: the demo's people in a demo, else where the account belongs."""
    if instance_is_demo(scope):
        from systems_changers.core.home.service import demo as demo_service  # slow: only a demo has its stories

        return Page("home/demo.html", {"people": demo_people.PEOPLE, "brands": demo_service.brands(scope)})
    mine = people.where_i_belong(scope) if scope.actor.signed_in else []
    return Page("home/chooser.html", {"mine": mine, "hosts": queries.hosts(scope)})


@pages.get("/", instance=chooser)
def front(scope: Scope, _request: Request) -> Page:
    """A partner's public front page in its brand."""
    return Page("home/front.html", {"recruiting": queries.recruiting(scope)})


@pages.get("/home/")
def dashboard(scope: Scope, request: Request) -> Page:
    """What needs doing, and the cohorts and experiments behind it."""
    listed = cohorts.cohorts_open_to(scope, page_of(request.args))
    values = {
        "doing": queries.doing(scope),
        "titles": sessions.titles_in_words(scope, g.visit.locale),
        "cohorts": listed,
        "pager": pager(listed, request.args),
        "rules": {"states": cohort_rules.STATES, "tones": cohort_rules.TONES},
    }
    return Page("home/dashboard.html", values)


@pages.get("/files/<uuid:file_id>/<name>")
def file(scope: Scope, _request: Request, file_id: UUID, name: str) -> Content:
    """A file that somebody gave, for whoever may read what it belongs to. What it is called stands in the answer."""
    facts = experiments.evidence_file(scope, file_id)
    if name != facts.plain_name:
        raise NotFound
    chunks = operations.open_file(scope, facts)
    return Content(chunks, facts.size, facts.name, facts.media_type, shown=facts.is_picture)


@pages.post("/language", where="both")
def choose_language(scope: Scope | OperatorScope, request: Request) -> ChooseLanguage:
    """Remember a language for this browser, and go back where the choice was made."""
    offered = scope.partner.locales if isinstance(scope, Scope) else ("en_GB",)
    locale = request.form.get("locale", "")
    if locale not in offered:
        raise NotFound
    back = rules.path_on_this_host(request.form.get("back", ""))
    return ChooseLanguage(locale, f"{request.script_root}{back}" if back else Redirect("home.front"))


@pages.post("/demo/come-in", where="both")
def come_in(scope: Scope | OperatorScope, request: Request) -> SignIn:
    """Become one of the demo's people; there is no such address outside a demo."""
    from systems_changers.core.home.service import demo as demo_service  # slow: only a demo has its stories

    secret, redirect = demo_service.come_in(scope, request.form.get("person", ""), host=request.host)
    return SignIn(secret, redirect)
