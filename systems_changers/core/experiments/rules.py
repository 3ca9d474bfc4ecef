"""What an experiment may become next and what it needs first, in plain sentences; and what a reader may be shown.

Stopping with learning is a full result: it is complete, and asks for nothing but what was learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from systems_changers.hooks.facts import Refusal
from systems_changers.infra.file_types import megabytes
from systems_changers.infra.text import N_, Message, msg, nmsg

MOVES: Mapping[str, tuple[str, ...]] = {
    "noticing": ("framed",),
    "framed": ("ready",),
    "ready": ("running",),
    "running": ("reviewing",),
    "reviewing": ("grow", "adapt", "pause", "stop"),
    "adapt": ("framed", "running"),
    "pause": ("running", "stop"),
    "stop": (),
    "grow": ("scaling",),
    "scaling": ("embedded",),
    "embedded": (),
}
STATES = tuple(MOVES)
COMPLETE = frozenset({"stop", "embedded"})
STATE_LABELS: Mapping[str, str] = {
    "noticing": N_("Noticing"),
    "framed": N_("Framed"),
    "ready": N_("Ready"),
    "running": N_("Running"),
    "reviewing": N_("Reviewing"),
    "grow": N_("To grow"),
    "adapt": N_("To adapt"),
    "pause": N_("Paused"),
    "stop": N_("Stopped, with learning"),
    "scaling": N_("Scaling"),
    "embedded": N_("Part of how things are done"),
}
MOVE_LABELS: Mapping[str, str] = {
    "framed": N_("It is framed"),
    "ready": N_("It is ready to try"),
    "running": N_("Start the test"),
    "reviewing": N_("Look at what happened"),
    "grow": N_("Grow it"),
    "adapt": N_("Change it and try again"),
    "pause": N_("Pause it"),
    "stop": N_("Stop, and keep what it taught"),
    "scaling": N_("It is travelling"),
    "embedded": N_("It has become part of how things are done"),
}

TEXTS: Mapping[str, str] = {
    "title": N_("The idea in a line"),
    "insight": N_("What did you notice?"),
    "hypothesis": N_("Your guess: if… then… because…"),
    "prediction": N_("What do you expect to see, and by when?"),
    "smallest_test": N_("The smallest test that could teach you something"),
    "signal_grow": N_("What would tell you to do more of it?"),
    "signal_stop": N_("What would tell you to stop?"),
    "harm_check": N_("Who could this harm, and how will you keep them safe?"),
    "permission_holder": N_("Who can say yes to this?"),
    "learning": N_("What did you learn?"),
    "embedded_in": N_("Where is it now part of how things are done?"),
}
SHORT_TEXTS = frozenset({"title", "permission_holder"})
SHORT, LONG = 200, 5_000
SCALES: Mapping[str, str] = {
    "out": N_("Out: to more people or places"),
    "up": N_("Up: into rules, budgets or policy"),
    "deep": N_("Deep: into what people believe and expect"),
}
# The six conditions are from Kania, Kramer and Senge, The Water of Systems Change (FSG, 2018); the labels are ours.
CONDITIONS: Mapping[str, str] = {
    "policies": N_("Policies and rules"),
    "practices": N_("What people do every day"),
    "resources": N_("Where money, time and people go"),
    "relationships": N_("Who talks with whom"),
    "power": N_("Who decides"),
    "beliefs": N_("What people take for granted"),
}
TELLS: Mapping[str, str] = {
    "grow": N_("Do more of it"),
    "stop": N_("Stop it"),
    "neither": N_("Neither yet"),
}
PARTS: Mapping[str, tuple[str, ...]] = {
    "frame": ("title", "insight", "hypothesis", "prediction"),
    "plan": ("smallest_test", "signal_grow", "signal_stop"),
    "harm": ("harm_check",),
    "permission": ("permission_holder",),
    "learning": ("learning", "condition"),
    "travel": ("scaling", "embedded_in"),
}
PART_LABELS: Mapping[str, str] = {
    "frame": N_("Frame it"),
    "plan": N_("Plan the test"),
    "harm": N_("Check for harm"),
    "permission": N_("Ask who can say yes"),
    "learning": N_("What you learned"),
    "travel": N_("How it travels"),
}
LATER_PARTS: Mapping[str, frozenset[str]] = {
    "learning": frozenset({"running", "reviewing", "grow", "adapt", "pause", "stop", "scaling", "embedded"}),
    "travel": frozenset({"grow", "scaling", "embedded"}),
}
WRITABLE = frozenset(name for part in PARTS.values() for name in part)

GUESS = ("hypothesis", "prediction")
UNDER_TEST = frozenset({"running", "reviewing"})
"""States in which a guess that changes is a guess no longer: the change stands in the history."""

# --- who may be shown what ---

AUDIENCES: Mapping[str, str] = {
    "learning_partner": N_("Your learning partner"),
    "facilitators": N_("The facilitators of your cohort"),
    "cohort": N_("The confirmed people in your cohort"),
    "partner": N_("All facilitators and administrators of this partner"),
}
NEED_A_COHORT = frozenset(AUDIENCES) - {"partner"}
PARTNER_READERS = frozenset({"administrator", "facilitator"})
PERSON = "person"
ALWAYS_SHOWN = frozenset({"title", "state", "author"})
CHOOSABLE: Mapping[str, str] = {
    **{name: label for name, label in TEXTS.items() if name != "title"},
    "condition": N_("The part of the system it touches"),
    "scaling": N_("How it is travelling"),
    "dates": N_("When it started and ended"),
    "evidence": N_("The evidence"),
    "history": N_("Its steps, with your reasons"),
}
EVERYTHING = ALWAYS_SHOWN | frozenset(CHOOSABLE) | {"cohort"}


def fields_readable(*, whole: bool, chosen: Iterable[str] | None) -> frozenset[str]:
    """What a reader is shown: all of it, or what was chosen for her person.

    An empty choice shows the title and nothing else: only the four audiences may be given everything.
    """
    if whole:
        return EVERYTHING
    return ALWAYS_SHOWN | (frozenset(chosen or ()) & frozenset(CHOOSABLE))


# --- what a step needs ---


@dataclass(frozen=True, slots=True)
class Standing:
    """What has been written so far; `evidence` is how many pieces there are."""

    texts: Mapping[str, str | None]
    scaling: tuple[str, ...] = ()
    evidence: int = 0

    def has(self, name: str) -> bool:
        return bool((self.texts.get(name) or "").strip())


@dataclass(frozen=True, slots=True)
class Need:
    """Something that must be there before an experiment can be in one of `states`; `part` is the page to write it."""

    states: frozenset[str]
    met: Callable[[Standing], bool]
    sentence: Message
    part: str


LEAST_WORDS = 3
TESTED = frozenset({"ready", "running", "reviewing", "grow", "scaling", "embedded"})
REVIEWED = frozenset({"reviewing", "grow", "adapt", "pause"})


def says_something(text: str | None) -> bool:
    """Whether a text is a sentence or more: three words, in whatever language."""
    return len((text or "").split()) >= LEAST_WORDS


NEEDS = (
    Need(TESTED | {"framed"}, lambda it: it.has("hypothesis"),
         msg("Write your guess first: if we do this, then that will happen, because of what you noticed."), "frame"),
    Need(TESTED | {"framed"}, lambda it: it.has("prediction"),
         msg("Say what you expect to see, so that you can tell later whether you were right."), "frame"),
    Need(TESTED, lambda it: it.has("harm_check"),
         msg("Think about who could be harmed, and write down how you keep them safe."), "harm"),
    Need(TESTED, lambda it: it.has("permission_holder"),
         msg("Name who can say yes to this: a role is enough."), "permission"),
    Need(REVIEWED, lambda it: it.has("learning") or it.evidence > 0,
         msg("Note something you saw, or something you learned."), "learning"),
    Need(frozenset({"stop"}), lambda it: says_something(it.texts.get("learning")),
         msg("Write what it taught you, a sentence or more. Stopping with learning is a full result."), "learning"),
    Need(frozenset({"scaling"}), lambda it: bool(it.scaling),
         msg("Choose how it is travelling: out, up, deep, or more than one of them."), "travel"),
    Need(frozenset({"embedded"}), lambda it: it.has("embedded_in"),
         msg("Say where it is now part of how things are done."), "travel"),
)  # fmt: skip


def way(state: str) -> tuple[str, ...]:
    """The states to show as its way: up to reviewing, then where it turned off, or on to embedded."""
    on = (state,) if state in {"adapt", "pause", "stop"} else ("grow", "scaling", "embedded")
    return (*STATES[:5], *on)


def parts_for(state: str) -> tuple[str, ...]:
    """What there is to write at this stage, in order."""
    return tuple(part for part in PARTS if state in LATER_PARTS.get(part, (state,)))


def is_written(part: str, answers: Mapping[str, object]) -> bool:
    """Whether everything of a part that a step may ask for is there."""
    asked = {"frame": ("hypothesis", "prediction"), "plan": ("smallest_test",), "learning": ("learning",)}
    return all(answers.get(name) for name in asked.get(part, PARTS[part]))


def next_states(state: str) -> tuple[str, ...]:
    """Where an experiment may go from here, in the order they are offered."""
    return MOVES.get(state, ())


def stands_against(state: str, to: str, standing: Standing, place: Mapping[str, object]) -> list[Refusal]:
    """Every reason why the step may not be taken; `place` is what addresses the experiment's pages."""
    if to not in next_states(state):
        return [Refusal(msg("An experiment can't take that step from where it is now."))]
    return [
        Refusal(need.sentence, "experiments.edit", {**place, "part": need.part})
        for need in NEEDS
        if to in need.states and not need.met(standing)
    ]


# --- what may be written ---


def wrong_in(changes: Mapping[str, object]) -> dict[str, list[Message]]:
    """What is wrong with these answers, by field; empty when nothing is."""
    wrong: dict[str, list[Message]] = {}
    for name, value in changes.items():
        most = SHORT if name in SHORT_TEXTS else LONG
        if name == "title" and not str(value or "").strip():
            wrong[name] = [msg("Say the idea in a few words.")]
        elif name in TEXTS and len(str(value or "")) > most:
            wrong[name] = [nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", most)]
        elif name == "condition" and value and value not in CONDITIONS:
            wrong[name] = [msg("Choose one from the list.")]
        elif name == "scaling" and not set(value if isinstance(value, list) else [value]) <= set(SCALES):
            wrong[name] = [msg("Choose from out, up and deep.")]
    return wrong


def both_texts(mine: Mapping[str, object], theirs: Mapping[str, object]) -> dict[str, object]:
    """Two people's answers put together: texts one after the other, choices of both; one choice stays mine."""
    made: dict[str, object] = {}
    for name, own in mine.items():
        other = theirs.get(name)
        if isinstance(own, list) and isinstance(other, list):
            made[name] = [*own, *(each for each in other if each not in own)]
        elif name in TEXTS and own and other and own != other:
            made[name] = f"{own}{' / ' if name in SHORT_TEXTS else chr(10) * 2}{other}"
        else:
            made[name] = own or other
    return made


def file_hint(most: int) -> Message:
    """What may be given as a file of at most so many bytes, and what becomes of it."""
    return msg(
        "A picture, PDF, text, office document, recording or film of at most %(most)s MB. Nobody you support should be"
        " recognisable in it. Of a photo only what it shows is kept, not where or when it was taken.",
        most=megabytes(most),
    )


def is_web_address(link: str) -> bool:
    """Whether this is an http or https address that can be shown as a link; nothing is ever fetched."""
    if any(sign.isspace() or not sign.isprintable() for sign in link):
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
