"""A data protection impact assessment, begun: what the kit and its plugins know of themselves is filled in.

What only people can say stands as a line to fill in. It is Markdown, names the versions it was made from, and follows
the steps of the ICO's template.
"""

from __future__ import annotations

from collections.abc import Iterator

from systems_changers import __version__
from systems_changers.core.operations.queries import INVENTED, instance_is_demo
from systems_changers.core.privacy.queries.declared import Activity, activities
from systems_changers.core.privacy.queries.record import listed, responsible
from systems_changers.hooks.scope import Scope
from systems_changers.infra.personal import BASES, CONDITIONS
from systems_changers.infra.text import Message, msg

DraftLine = Message | str
BLANK = "> …"
RISKS: tuple[tuple[Message, Message], ...] = (
    (msg("Somebody at one organisation sees the data of another."),
     msg("Partners are kept apart in the database itself; tests try to get past that on every change.")),
    (msg("Notes name people whom participants support."),
     msg("Forms ask not to name anybody; sealed records hold no person. Agree it with each cohort.")),
    (msg("In a group of eleven, figures give somebody away."),
     msg("Counts below five are hidden from others, and figures that would give them away with them.")),
    (msg("An experiment's doubts reach the author's employer."),
     msg("An experiment is private until its author shares it, field by field where it is with one person.")),
    (msg("Data is kept longer than it is needed."),
     msg("What is due is let go every day by itself; the page on retention shows what will go.")),
    (msg("A phone or a computer that is signed in gets lost."),
     msg("Sessions are listed, end after a time, and can be ended from elsewhere.")),
)  # fmt: skip
"""What can go wrong, and what the kit does about it; nothing is claimed that isn't there."""


def assessment(scope: Scope) -> list[DraftLine]:
    """The document's lines; Messages are told in the reader's language. One statement.

    A demo's say that it is invented.
    """
    return [
        *_front(scope),
        *_step(
            msg("1. Why an assessment is needed"),
            msg("What is the programme here for, and what made you assess it now?"),
        ),
        *_processing(scope),
        *_step(
            msg("3. Whom you asked"),
            msg("Whom did you ask about this: participants, line managers, staff, your adviser?"),
        ),
        *_need(scope),
        *_risks(),
        *_sign_off(),
    ]  # fmt: skip


def _front(scope: Scope) -> Iterator[DraftLine]:
    who, manifests = responsible(scope), scope.hooks.views.registry.manifests
    yield from (msg("# Data protection impact assessment: %(partner)s", partner=scope.partner.name), "")
    if instance_is_demo(scope):
        yield from (INVENTED, "")
    yield msg("- Made on: %(day)s", day=scope.clock.now().date())
    yield msg("- Made from: Systems Changers %(version)s", version=__version__)
    for slug in scope.hooks.view.plugins:
        yield msg("- Plugin: %(title)s %(version)s", title=manifests[slug].title, version=manifests[slug].version)
    yield msg("- Who answers for the data: %(contact)s", contact=" ".join((who.contact or "…").split()))
    yield from ("", msg("Make it anew when the kit or a plugin is brought up to date, and compare."), "")


def _step(title: Message, ask: Message) -> Iterator[DraftLine]:
    yield from (_heading(title), "", ask, "", BLANK, "")


def _heading(title: Message) -> Message:
    return Message("## %(title)s", {"title": title})


def _processing(scope: Scope) -> Iterator[DraftLine]:
    found = activities(scope)
    yield from (_heading(msg("2. What is done with data")), "")
    yield _table_row(msg("Purpose"), msg("Data"), msg("Lawful basis"), msg("Special category"), msg("Kept"))
    yield "|---|---|---|---|---|"
    yield from (_activity(each) for each in found)
    yield ""
    yield msg("How many people is it about, how often, and where do they live?")
    yield from ("", BLANK, "")


def _activity(each: Activity) -> Message:
    special: DraftLine = Message(CONDITIONS[each.condition]) if each.condition else "–"
    basis = Message(BASES[each.basis])
    return _table_row(Message(each.purpose), listed(each.labels), basis, special, each.keep.sentence)


def _table_row(*cells: DraftLine) -> Message:
    places = " | ".join(f"%(cell{at})s" for at in range(len(cells)))
    return Message(f"| {places} |", {f"cell{at}": cell for at, cell in enumerate(cells)})


def _need(scope: Scope) -> Iterator[DraftLine]:
    yield from (_heading(msg("4. Whether it is necessary and in proportion")), "")
    for basis in dict.fromkeys(each.basis for each in activities(scope)):
        yield Message("- %(basis)s: %(ask)s", {"basis": Message(BASES[basis]), "ask": _asked_of(basis)})
    yield from ("", BLANK, "")


def _asked_of(basis: str) -> Message:
    if basis == "consent":
        return msg("can people say no without losing anything?")
    if basis == "legitimate interests":
        return msg("what did you weigh against what, and what came of it?")
    return msg("which contract, law or task is it?")


def _risks() -> Iterator[DraftLine]:
    yield from (_heading(msg("5. What could go wrong, and what is done about it")), "")
    yield _table_row(msg("Risk"), msg("What the kit does"), msg("How likely, how bad"), msg("What you add"))
    yield "|---|---|---|---|"
    yield from (_table_row(risk, done, "…", "…") for risk, done in RISKS)
    yield ""


def _sign_off() -> Iterator[DraftLine]:
    yield from (_heading(msg("6. Signed off")), "")
    for ask in (
        msg("Measures agreed by"),
        msg("Remaining risks accepted by"),
        msg("Adviser's view"),
        msg("Looked at again on"),
    ):
        yield Message("- %(ask)s: …", {"ask": ask})
