"""Home's pages: the chooser, a partner's front page, what needs doing, files, the choice of language, and the demo."""

from __future__ import annotations

from uuid import UUID

from flask import Request, g

from systems_changers.core.cohorts import queries as cohorts
from systems_changers.core.cohorts import rules as cohort_rules
from systems_changers.core.experiments import queries as experiments
from systems_changers.core.home import queries, rules
from systems_changers.core.home.service import data_subjects, demo_people, erasing, first_steps, holdings
from systems_changers.core.home.service.archive import pack
from systems_changers.core.home.service.why import explain
from systems_changers.core.operations import service as operations
from systems_changers.core.operations.queries import instance_is_demo
from systems_changers.core.partners import service as partners
from systems_changers.core.people import queries as people
from systems_changers.core.people.forms import EraseForm, ExtendForm
from systems_changers.core.people.rules import without_factor
from systems_changers.core.privacy import service as privacy
from systems_changers.core.privacy.queries import requests_listed
from systems_changers.core.privacy.rules import REQUESTS
from systems_changers.core.sessions import queries as sessions
from systems_changers.hooks.facts import Download, Page, Redirect
from systems_changers.hooks.scope import AnyScope, OperatorScope, Scope
from systems_changers.infra.errors import Invalid, NotFound, Refused
from systems_changers.infra.mail import Mailbox
from systems_changers.infra.scrubbing import after_commit
from systems_changers.infra.text import msg
from systems_changers.web.answers import ChooseLanguage, Content, SignIn
from systems_changers.web.edge import Pages
from systems_changers.web.forms import Form
from systems_changers.web.lookup import page_at
from systems_changers.web.pagination import page_of, pager
from systems_changers.web.standalone import render_standalone

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
        "steps": _steps_left(scope),
    }
    return Page("home/dashboard.html", values)


# --- first steps ---


def _has_factor() -> bool:
    account = g.visit.arrival.account
    return account is not None and account.has_factor


def _steps_left(scope: Scope) -> list[first_steps.Step]:
    """What is left of the first steps, for the administrators of a real instance until they hide them."""
    if g.visit.house.demo is not None or not first_steps.shown(scope):
        return []
    return [step for step in first_steps.first_steps(scope, second_factor=_has_factor()) if not step.done]


@pages.get("/get-started")
def get_started(scope: Scope, _request: Request) -> Page:
    """What a new partner does first."""
    steps = first_steps.first_steps(scope, second_factor=_has_factor())
    me = scope.actor.person_id
    values = {
        "steps": steps,
        "done": sum(step.done for step in steps),
        "spoken": next(step for step in steps if step.key == "languages"),
        "mail": first_steps.mail_state(scope),
        "address": people.person_row(scope, me).email if me is not None else None,
        "kept_here": not g.visit.house.kit.settings.mail_host,
        "hidden": not first_steps.shown(scope),
    }
    return Page("home/get_started.html", values)


@pages.post("/get-started/mail")
def try_mail(scope: Scope, _request: Request) -> Redirect:
    """Send me a test mail."""
    address = first_steps.try_mail(scope, g.visit.locale)
    return Redirect("home.get_started", notice=msg("A test mail goes to %(address)s.", address=address))


@pages.post("/get-started/languages")
def keep_languages(scope: Scope, _request: Request) -> Redirect:
    """Keep the languages as they are."""
    partners.keep_languages(scope)
    return Redirect("home.get_started", notice=msg("Your languages stay as they are."))


@pages.post("/get-started/hide")
def hide_steps(scope: Scope, _request: Request) -> Redirect:
    """Show the first steps no more under what needs doing."""
    partners.hide_first_steps(scope, hidden=True)
    said = msg("First steps are hidden. You find them at /get-started.")
    return Redirect("home.dashboard", notice=said, undo=("home.show_steps", {}))


@pages.post("/get-started/show")
def show_steps(scope: Scope, _request: Request) -> Redirect:
    """Show the first steps again."""
    partners.hide_first_steps(scope, hidden=False)
    return Redirect("home.dashboard", notice=msg("First steps are shown here again."))


@pages.get("/files/<uuid:file_id>/<name>")
def file(scope: Scope, _request: Request, file_id: UUID, name: str) -> Content:
    """A file that somebody gave, for whoever may read what it belongs to. What it is called stands in the answer."""
    facts = experiments.evidence_file(scope, file_id)
    if name != facts.plain_name:
        raise NotFound
    chunks = operations.open_file(scope, facts)
    return Content(chunks, facts.size, facts.name, facts.media_type, shown=facts.is_picture)


@pages.post("/language", where="both")
def choose_language(scope: AnyScope, request: Request) -> ChooseLanguage:
    """Remember a language for this browser, and go back where the choice was made."""
    offered = scope.partner.locales if isinstance(scope, Scope) else ("en_GB",)
    locale = request.form.get("locale", "")
    if locale not in offered:
        raise NotFound
    back = rules.path_on_this_host(request.form.get("back", ""))
    return ChooseLanguage(locale, f"{request.script_root}{back}" if back else Redirect("home.front"))


@pages.post("/demo/come-in", where="both")
def come_in(scope: AnyScope, request: Request) -> SignIn:
    """Become one of the demo's people; there is no such address outside a demo."""
    from systems_changers.core.home.service import demo as demo_service  # slow: only a demo has its stories

    secret, redirect = demo_service.come_in(scope, request.form.get("person", ""), host=request.host)
    return SignIn(secret, redirect)


# --- people's own data ---


@pages.post("/account/data")
def download_own(scope: Scope, _request: Request) -> Download:
    """Everything that is held about me, with how I sign in."""
    return _archive(scope, _me(scope), account=True)


@pages.post("/account/data/ask")
def ask_for_data(scope: Scope, request: Request) -> Redirect:
    """Ask the partner for what is held about me, or to be erased; the clock starts today."""
    kind = request.form.get("kind", "")
    if kind not in REQUESTS:
        raise NotFound
    row = privacy.receive_request(scope, _me(scope), kind)
    return Redirect("people.account", notice=msg("You have an answer by %(day)s.", day=row.due_on))


@pages.post("/people/<uuid:person_id>/data")
def download_person(scope: Scope, _request: Request, person_id: UUID) -> Download:
    """Everything that is held about a person at this partner, to be handed to them."""
    people.person_row(scope, person_id)
    return _archive(scope, person_id, account=False)


@pages.get("/settings/requests")
def requests(scope: Scope, request: Request) -> Page:
    """What people asked for about their own data, with the days left."""
    return _requests(scope, request, Form.blank(ExtendForm))


@pages.post("/settings/requests/<uuid:request_id>/answered")
def answer_request(scope: Scope, _request: Request, request_id: UUID) -> Redirect:
    """The person has an answer."""
    privacy.answer_request(scope, request_id)
    return Redirect("home.requests", notice=msg("Noted."))


@pages.post("/settings/requests/<uuid:request_id>/longer")
def extend_request(scope: Scope, request: Request, request_id: UUID) -> Page | Redirect:
    """Take two months longer, with the reason."""
    form = Form.read(ExtendForm, request.form)
    if not form.ok:
        return _requests(scope, request, form, request_id)
    privacy.extend_request(scope, request_id, form.values["note"])
    return Redirect("home.requests", notice=msg("Noted. Tell the person that it takes longer, and why."))


@pages.get("/people/<uuid:person_id>/erase")
def show_erasure(scope: Scope, _request: Request, person_id: UUID) -> Page:
    """What erasing somebody would do."""
    return _erasure(scope, person_id, Form.blank(EraseForm))


@pages.post("/people/<uuid:person_id>/erase")
def erase_person(scope: Scope, request: Request, person_id: UUID) -> Page | Redirect:
    """Erase somebody for good, once their name is typed."""
    name, form = people.person_row(scope, person_id).name, Form.read(EraseForm, request.form)
    if form.ok and form.values["name"].split() != name.split():
        form.fail(Invalid(fields={"name": [msg("This is not the name: type %(name)s.", name=name)]}))
    if not form.ok:
        return _erasure(scope, person_id, form)
    known = data_subjects.subject_of(scope, person_id)
    done = erasing.erase(scope, known)
    box = Mailbox(g.visit.house.kit.settings.data / "mailbox")
    after_commit(scope.db, lambda: box.forget(known.subject.partner_id, known.subject.emails))
    said = msg("Erased. What is left names nobody.")
    if done.unreached is not None:
        said = msg("Erased, but for what plugins may hold that are away: %(names)s. That is erased once they are back.",
                   names=", ".join(each.title for each in done.away))  # fmt: skip
    return Redirect("people.index", notice=said)


@pages.get("/people/<uuid:person_id>/why")
def why(scope: Scope, request: Request, person_id: UUID) -> Page:
    """Which rules decide whether somebody sees a page of this partner."""
    page, house = request.args.get("page", "").strip(), g.visit.house
    asked = page_at(g.visit, page, form="form" in request.args)
    held_back = None if house.held_back is None else without_factor
    found = explain(scope, person_id, asked, held_back) if asked else None
    values = {
        "person_id": person_id,
        "name": found.name if found else people.person_row(scope, person_id).name,
        "page": page,
        "asked": asked,
        "form_too": asked is not None and not asked.form and page_at(g.visit, page, form=True) is not None,
        "found": found,
        "often": [(item.label, g.visit.links.path(item.endpoint)) for item in house.navigation],
    }
    return Page("home/why.html", values)


def _me(scope: Scope) -> UUID:
    if scope.actor.person_id is None:
        raise NotFound
    return scope.actor.person_id


def _archive(scope: Scope, person_id: UUID, *, account: bool) -> Download:
    found = holdings.hand_out(scope, data_subjects.subject_of(scope, person_id), account=account)
    body = pack(scope, found, g.visit.catalogue, render_standalone)
    return Download(body, f"{scope.partner.slug}-{scope.clock.now().date().isoformat()}.zip", "application/zip")


def _requests(scope: Scope, request: Request, form: Form, extending: UUID | None = None) -> Page:
    asked = page_of(request.args)
    found = requests_listed(scope, number=asked.number, size=asked.size)
    values = {
        "lines": found.rows,
        "page": pager(found, request.args),
        "names": people.names_of(scope, [each.person_id for each in found.rows]),
        "kinds": REQUESTS,
        "today": privacy.today_at(scope),
        "form": form,
        "extending": extending,
    }
    return Page("home/requests.html", values, 200 if form.ok else 422)


def _erasure(scope: Scope, person_id: UUID, form: Form) -> Page:
    name, plan, refused = people.person_row(scope, person_id).name, None, None
    try:
        plan = erasing.plan_erasure(scope, data_subjects.subject_of(scope, person_id))
    except Refused as error:
        refused = error.message
    values = {"name": name, "plan": plan, "refused": refused, "person_id": person_id, "words": erasing.DOES,
              "others": erasing.OTHERS_OWN, "form": form}  # fmt: skip
    return Page("home/erase.html", values, 200 if form.ok else 422)
