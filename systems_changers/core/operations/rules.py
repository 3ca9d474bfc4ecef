"""What may be tried how often, and what a plugin's settings may be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from systems_changers.infra.cleaning import clean_text
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import N_, Message, msg, nmsg

PURPOSES = frozenset({"sign_in", "invitation", "set_up"})
FORM = "form"
"""The purpose of a row that is no link's secret: it says that a form was taken."""
LONGEST_SETTING = 500


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `times` in `seconds`."""

    times: int
    seconds: int


RATE_LIMITS: Mapping[str, RateLimit] = {
    "password_account": RateLimit(10, 900),
    "password_address": RateLimit(60, 900),
    "password_everyone": RateLimit(3000, 900),
    "link_account": RateLimit(5, 3600),
    "link_address": RateLimit(30, 3600),
    "token_address": RateLimit(30, 900),
    "token_tries": RateLimit(5, 86400),
    "token_answer": RateLimit(1, 14 * 86400),
    "change_password": RateLimit(10, 900),
    "invite": RateLimit(200, 3600),
}


DONE: Mapping[str, str] = {
    "account.link_made": N_("Made a one-time link for signing in"),
    "account.other_sessions_revoked": N_("Signed out everywhere else"),
    "account.password_changed": N_("Set a password"),
    "account.session_revoked": N_("Signed one device out"),
    "account.signed_in": N_("Signed in"),
    "account.signed_out": N_("Signed out"),
    "cohort.cancelled": N_("Cancelled a cohort"),
    "cohort.changed": N_("Changed a cohort"),
    "cohort.closed": N_("Closed a cohort"),
    "cohort.closing": N_("Began to close a cohort"),
    "cohort.confirmed": N_("Confirmed a cohort"),
    "cohort.followed_up": N_("Moved a cohort to follow-up"),
    "cohort.made": N_("Made a cohort"),
    "cohort.opened": N_("Opened a cohort for recruiting"),
    "cohort.planned": N_("Put a cohort back to planned"),
    "cohort.started": N_("Started a cohort"),
    "evidence.added": N_("Added to what an experiment showed"),
    "evidence.removed": N_("Removed something of what an experiment showed"),
    "evidence.restored": N_("Put back something of what an experiment showed"),
    "experiment.adapt": N_("Decided to adapt an experiment"),
    "experiment.changed": N_("Changed an experiment"),
    "experiment.deleted": N_("Deleted an experiment"),
    "experiment.embedded": N_("Made an experiment part of how things are done"),
    "experiment.framed": N_("Framed an experiment"),
    "experiment.grow": N_("Decided to grow an experiment"),
    "experiment.noted": N_("Noted an idea for an experiment"),
    "experiment.noticing": N_("Took an experiment back to noticing"),
    "experiment.owner_added": N_("Added an owner to an experiment"),
    "experiment.owner_removed": N_("Removed an owner from an experiment"),
    "experiment.pause": N_("Paused an experiment"),
    "experiment.ready": N_("Made an experiment ready"),
    "experiment.restored": N_("Put an experiment back"),
    "experiment.reviewing": N_("Began to review an experiment"),
    "experiment.running": N_("Began an experiment"),
    "experiment.scaling": N_("Began to spread an experiment"),
    "experiment.shared": N_("Changed who sees an experiment"),
    "experiment.shared_with_person": N_("Showed an experiment to somebody"),
    "experiment.stop": N_("Stopped an experiment, with learning"),
    "experiment.unshared_with_person": N_("Stopped showing an experiment to somebody"),
    "facilitator.added": N_("Added a facilitator to a cohort"),
    "figures.counted": N_("Counted the figures"),
    "figures.gathered": N_("Gathered the figures that partners share"),
    "invitation.accepted_by_hand": N_("Came in by an invitation passed on by hand"),
    "invitation.accepted_by_mail": N_("Came in by an invitation that was mailed"),
    "learning_partner.added": N_("Added a learning partner to a cohort"),
    "outbox.tried_again": N_("Tried again to send what was given up"),
    "participant.added": N_("Added somebody to a cohort"),
    "participant.changed": N_("Changed somebody's place in a cohort"),
    "participant.confirmed": N_("Confirmed somebody's place in a cohort"),
    "participant.left": N_("Noted that somebody left a cohort"),
    "participant.rejoined": N_("Brought somebody back into a cohort"),
    "partner.brand_changed": N_("Changed the look"),
    "partner.changed": N_("Changed the details"),
    "partner.made": N_("Made a partner"),
    "partner.plugin_disabled": N_("Turned a plugin off"),
    "partner.plugin_enabled": N_("Turned a plugin on"),
    "partner.plugin_settings_saved": N_("Changed a plugin's settings"),
    "partner.plugins_ordered": N_("Changed the order of plugins"),
    "partner.term_saved": N_("Chose a word of one's own"),
    "partner.term_taken_back": N_("Took a word of one's own back"),
    "partners.listed": N_("Listed partners from a register"),
    "person.changed": N_("Put a person's name or address right"),
    "person.invited": N_("Invited somebody"),
    "person.made": N_("Added a person"),
    "person.profile_saved": N_("Changed what they say of themselves"),
    "plugin.faults_forgotten": N_("Took a plugin's faults off the list"),
    "plan.made": N_("Made a cohort's plan"),
    "plan.module_dropped": N_("Took a module out of a cohort's plan"),
    "plan.module_moved": N_("Moved a module in a cohort's plan"),
    "plan.module_restored": N_("Put a module back into a cohort's plan"),
    "plan.module_swapped": N_("Chose another form of a module"),
    "register.imported": N_("Brought in a register"),
    "role.granted": N_("Gave a role"),
    "role.withdrawn": N_("Took a role back"),
    "session.cancelled": N_("Cancelled a session"),
    "session.changed": N_("Changed a session"),
    "session.confirmed": N_("Confirmed a session"),
    "session.corrected": N_("Put something right in a sealed record"),
    "session.delivered": N_("Marked a session as delivered"),
    "session.moved": N_("Moved a session"),
    "session.planned": N_("Planned a session"),
    "session.register_saved": N_("Saved a register"),
    "session.reminded": N_("Reminded of a session to write up"),
    "session.renewed": N_("Took a module's newer text into a session"),
    "session.written_up": N_("Wrote a session up"),
    "sessions.planned": N_("Planned a cohort's sessions"),
    "set_up.finished": N_("Came in as an administrator"),
    "set_up.issued": N_("Made a one-time link for an administrator"),
    "sharing.agreed": N_("Agreed to share figures"),
    "sharing.ended": N_("Ended the sharing of figures"),
}
"""What was done, in words, for every name that the kit records."""


def doing(name: str) -> str:
    """The msgid of what was done; a plugin's own names are shown as they are, made readable."""
    return DONE.get(name) or name.rpartition(".")[2].replace("_", " ").capitalize()


def checked_settings(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """A plugin's settings, typed and completed by the manifest's defaults.

    `declared` is the manifest's settings schema; `given` holds text from a form or typed values from a command.
    Raises Invalid with the fields that are wrong; a name that the manifest doesn't know is wrong too.
    """
    wrong: dict[str, list[Message]] = {name: [msg("There is no such setting.")] for name in given.keys() - declared}
    values: dict[str, Any] = {}
    for name, spec in declared.items():
        if name not in given:
            values[name] = spec.get("default")
            continue
        try:
            values[name] = _READERS[spec["kind"]](spec, given[name])
        except Invalid as error:
            wrong[name] = [error.message]
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _text(_spec: Mapping[str, Any], value: Any) -> str:
    text = clean_text(str(value))
    if len(text) > LONGEST_SETTING:
        raise Invalid(nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", LONGEST_SETTING))
    return text


def _number(spec: Mapping[str, Any], value: Any) -> int | None:
    if value in ("", None):
        return spec.get("default")
    try:
        number = int(str(value).strip())
    except ValueError:
        raise Invalid(msg("This must be a whole number.")) from None
    least, most = spec.get("least"), spec.get("most")
    if least is not None and number < least:
        raise Invalid(msg("This must be %(least)s or more.", least=least))
    if most is not None and number > most:
        raise Invalid(msg("This must be %(most)s or less.", most=most))
    return number


def _yes_no(_spec: Mapping[str, Any], value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("1", "true", "yes", "on"):
        return True
    if str(value).lower() in ("0", "false", "no", "off", "", "none"):
        return False
    raise Invalid(msg("This must be yes or no."))


def _choice(spec: Mapping[str, Any], value: Any) -> str:
    if value not in spec.get("choices", ()):
        raise Invalid(msg("This must be one of: %(choices)s.", choices=", ".join(spec.get("choices", ()))))
    return str(value)


_READERS: Mapping[str, Callable[[Mapping[str, Any], Any], Any]] = {
    "text": _text,
    "number": _number,
    "yes_no": _yes_no,
    "choice": _choice,
}


def reordered(plugins: tuple[str, ...], slug: str, *, up: bool) -> tuple[str, ...]:
    """The order after one plugin moved a place up (earlier) or down; unchanged at the ends."""
    at = plugins.index(slug)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(plugins):
        return plugins
    moved = list(plugins)
    moved[at], moved[to] = moved[to], moved[at]
    return tuple(moved)
