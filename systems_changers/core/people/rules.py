"""Who may do what: the roles, the one table of permissions, and what an e-mail address and a password may be."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from itertools import pairwise

from systems_changers.hooks.facts import ActorFacts
from systems_changers.infra.errors import Invalid
from systems_changers.infra.text import N_, Message, msg, nmsg

ROLES: Mapping[str, str] = {
    "administrator": N_("Administrator"),
    "facilitator": N_("Facilitator"),
    "participant": N_("Participant"),
    "line_manager": N_("Line manager"),
    "analyst": N_("Analyst"),
}
SHOWN: Mapping[str, str] = {
    "job": N_("What I do"),
    "organisation": N_("Where I work"),
    "team": N_("My team"),
    "about": N_("About me"),
    "asks": N_("What I ask for"),
    "offers": N_("What I offer"),
}
"""What a person may show the others in a cohort, besides the name."""
CONTACTS: Mapping[str, str] = {"email": N_("E-mail"), "phone": N_("Phone")}
SHOWS = N_("What the others in my cohort see")
SHOWS_HINT = N_("Your name is always shown; the rest only if you tick it, until you take it back.")
REACHED = N_("How the others in my cohort may reach me")

INVITATION_HOURS = 14 * 24
SIGN_IN_HOURS = 0.25
BY_HAND_HOURS = 24
SET_UP_HOURS = 7 * 24
ADDRESS_HOURS = 24
LEAST_DIFFERENT, LEAST_NAME = 5, 4  # characters that differ, and letters of a name, that say anything
LEAST_PASSWORD = 12
MOST_PASSWORD = 200
LONGEST_EMAIL = 320
STALE_SECONDS = 3600
SECOND_STEP_HOURS = 0.25
PASSKEY_HOURS = 5 / 60
SIGN_ON_HOURS = 10 / 60
CONFIRMED_FOR = timedelta(minutes=15)
RECOVERY_CODES = 10
MOST_PASSKEYS = 20

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\\\"]+@[^@\s.<>()\[\],;:\\\"]+(?:\.[^@\s.<>()\[\],;:\\\"]+)*")

ANYONE = frozenset({"anyone"})
SIGNED_IN = frozenset({"signed_in"})
STAFF = frozenset({"administrator", "facilitator"})
ADMINISTRATOR = frozenset({"administrator"})
MEMBERS = frozenset({"administrator", "facilitator", "participant", "line_manager"})
ANALYST = frozenset({"analyst"})
COHORT = frozenset({"administrator", "facilitator", "participant"})
OPERATOR = frozenset({"operator"})

ROUTE_PERMISSIONS: dict[str, frozenset[str]] = {
    "operations.plugins": OPERATOR,
    "operations.forget_faults": OPERATOR,
    "operations.outbox": OPERATOR,
    "operations.try_again": OPERATOR,
    "operations.mailbox": OPERATOR,
    "operations.mail": OPERATOR,
    "people.operator_changes": OPERATOR,
    "people.operator_changes_file": OPERATOR,
    "people.changes": ADMINISTRATOR,
    "people.changes_file": ADMINISTRATOR,
    "home.get_started": ADMINISTRATOR,
    "home.try_mail": ADMINISTRATOR,
    "home.hide_steps": ADMINISTRATOR,
    "home.show_steps": ADMINISTRATOR,
    "partners.every_partner": OPERATOR,
    "partners.settings": ADMINISTRATOR | OPERATOR,
    "partners.save_settings": ADMINISTRATOR | OPERATOR,
    "partners.look": ADMINISTRATOR,
    "partners.save_look": ADMINISTRATOR,
    "partners.drop_look": ADMINISTRATOR,
    "partners.words": ADMINISTRATOR,
    "partners.save_word": ADMINISTRATOR,
    "partners.take_back_word": ADMINISTRATOR,
    "partners.plugins": ADMINISTRATOR,
    "partners.enable": ADMINISTRATOR,
    "partners.disable": ADMINISTRATOR,
    "partners.move": ADMINISTRATOR,
    "partners.plugin": ADMINISTRATOR,
    "partners.save_plugin": ADMINISTRATOR,
    "privacy.notice": ANYONE,
    "privacy.records": ADMINISTRATOR,
    "privacy.retention": ADMINISTRATOR,
    "privacy.save_answers": ADMINISTRATOR,
    "privacy.records_file": ADMINISTRATOR,
    "privacy.assessment_file": ADMINISTRATOR,
    "people.sign_in": ANYONE,
    "people.check_password": ANYONE,
    "people.ask_link": ANYONE,
    "people.send_link": ANYONE,
    "people.open_link": ANYONE,
    "people.use_link": ANYONE,
    "people.sign_out": ANYONE,
    "people.account": SIGNED_IN,
    "people.save_profile": SIGNED_IN,
    "people.complain": ANYONE,
    "people.send_complaint": ANYONE,
    "people.complaints": ADMINISTRATOR,
    "people.complaint": ADMINISTRATOR,
    "people.acknowledge": ADMINISTRATOR,
    "people.close_complaint": ADMINISTRATOR,
    "people.agreed": SIGNED_IN,
    "people.take_back": SIGNED_IN,
    "people.change_password": SIGNED_IN,
    "people.address": SIGNED_IN,
    "people.ask_address": SIGNED_IN,
    "people.open_address": ANYONE,
    "people.use_address": ANYONE,
    "people.revoke_session": SIGNED_IN,
    "people.revoke_others": SIGNED_IN,
    "people.sign_on": ANYONE,
    "people.begin_sign_on": ANYONE,
    "people.sign_on_go": ANYONE,
    "people.sign_on_back": ANYONE,
    "people.finish_sign_on": ANYONE,
    "people.connected": SIGNED_IN,
    "people.connect": SIGNED_IN,
    "people.disconnect": SIGNED_IN,
    "people.sign_on_settings": ADMINISTRATOR,
    "people.save_sign_on": ADMINISTRATOR,
    "people.second_step": ANYONE,
    "people.finish_second_step": ANYONE,
    "people.passkey_challenge": ANYONE,
    "people.sign_in_by_passkey": ANYONE,
    "people.confirm": SIGNED_IN,
    "people.check_again": SIGNED_IN,
    "people.second_factor": SIGNED_IN,
    "people.new_app": SIGNED_IN,
    "people.turn_on_app": SIGNED_IN,
    "people.turn_off_app": SIGNED_IN,
    "people.new_codes": SIGNED_IN,
    "people.new_passkey": SIGNED_IN,
    "people.new_passkey_challenge": SIGNED_IN,
    "people.add_passkey": SIGNED_IN,
    "people.remove_passkey": SIGNED_IN,
    "people.index": STAFF,
    "people.show": STAFF,
    "people.new": STAFF,
    "people.add": STAFF,
    "people.change": STAFF,
    "people.invite": STAFF,
    "people.grant": ADMINISTRATOR,
    "people.withdraw": ADMINISTRATOR,
    "people.accept": ANYONE,
    "people.accept_new": ANYONE,
    "people.accept_here": SIGNED_IN,
    "people.set_up": ANYONE,
    "people.finish_set_up": ANYONE,
    "api.cohorts.item": MEMBERS,
    "api.cohorts.listed": MEMBERS,
    "api.experiments.index": MEMBERS,
    "api.experiments.show": MEMBERS,
    "api.sessions.item": COHORT,
    "api.sessions.listed": COHORT,
    "cohorts.add_facilitator": STAFF,
    "cohorts.add_list": STAFF,
    "cohorts.add_person": STAFF,
    "cohorts.change": STAFF,
    "cohorts.check_list": STAFF,
    "cohorts.choose_list": STAFF,
    "cohorts.choose_module": STAFF,
    "cohorts.confirm": STAFF,
    "cohorts.facilitators": STAFF,
    "cohorts.index": MEMBERS,
    "cohorts.leave": STAFF,
    "cohorts.make": STAFF,
    "cohorts.make_plan": STAFF,
    "cohorts.new": STAFF,
    "cohorts.new_person": STAFF,
    "cohorts.people": STAFF,
    "cohorts.plan": STAFF,
    "cohorts.rejoin": STAFF,
    "cohorts.save_change": STAFF,
    "cohorts.save_support": STAFF,
    "cohorts.show": MEMBERS,
    "cohorts.step": STAFF,
    "cohorts.support": STAFF,
    "cohorts.swap": STAFF,
    "curriculum.index": STAFF,
    "curriculum.show": STAFF,
    "experiments.add_evidence": MEMBERS,
    "experiments.add_owner": MEMBERS,
    "experiments.decide": MEMBERS,
    "experiments.delete": MEMBERS,
    "experiments.edit": MEMBERS,
    "experiments.evidence": MEMBERS,
    "experiments.export": MEMBERS,
    "experiments.index": MEMBERS,
    "experiments.move": MEMBERS,
    "experiments.note": MEMBERS,
    "experiments.remove_evidence": MEMBERS,
    "experiments.remove_owner": MEMBERS,
    "experiments.restore": MEMBERS,
    "experiments.restore_evidence": MEMBERS,
    "experiments.review": MEMBERS,
    "experiments.save": MEMBERS,
    "experiments.share": MEMBERS,
    "experiments.share_with_person": MEMBERS,
    "experiments.sharing": MEMBERS,
    "experiments.show": MEMBERS,
    "experiments.stop_sharing": MEMBERS,
    "home.answer_request": ADMINISTRATOR,
    "home.ask_for_data": SIGNED_IN,
    "home.choose_language": ANYONE,
    "home.come_in": ANYONE,
    "home.dashboard": SIGNED_IN,
    "home.file": MEMBERS,
    "home.download_own": SIGNED_IN,
    "home.download_person": ADMINISTRATOR,
    "home.erase_person": ADMINISTRATOR,
    "home.extend_request": ADMINISTRATOR,
    "home.front": ANYONE,
    "home.note_request": ADMINISTRATOR,
    "home.requests": ADMINISTRATOR,
    "home.why": ADMINISTRATOR,
    "home.show_erasure": ADMINISTRATOR,
    "sessions.add": STAFF,
    "sessions.cancel": STAFF,
    "sessions.change": STAFF,
    "sessions.confirm": STAFF,
    "sessions.correct": STAFF,
    "sessions.deliver": STAFF,
    "sessions.drop_module": STAFF,
    "sessions.move_module": STAFF,
    "sessions.new": STAFF,
    "sessions.plan": STAFF,
    "sessions.put_back": STAFF,
    "sessions.register": STAFF,
    "sessions.renew": STAFF,
    "sessions.reopen": STAFF,
    "sessions.restore_module": STAFF,
    "sessions.save_change": STAFF,
    "sessions.save_correction": STAFF,
    "sessions.seal": STAFF,
    "sessions.show": COHORT,
    "sessions.spread_out": STAFF,
    "sessions.write_up": STAFF,
    "summaries.agree": ADMINISTRATOR,
    "summaries.compare": ANALYST,
    "summaries.compare_figure": ANALYST,
    "summaries.compare_file": ANALYST,
    "summaries.count_again": STAFF,
    "summaries.end": ADMINISTRATOR,
    "summaries.figures": STAFF,
    "summaries.gather": ANALYST,
    "summaries.report": COHORT,
    "summaries.reports": COHORT,
    "summaries.sharing": STAFF,
}

FACTOR_ROLES = frozenset({"administrator"})
"""Who must have a second factor, as an operator must; a role that handles money belongs here."""
WITHOUT_FACTOR = "facilitator"
SIGN_ON_ROLES = frozenset({"administrator", "facilitator", "analyst"})
"""Of whom a partner may ask that they come in with its own accounts."""
ALWAYS: Mapping[str, frozenset[str]] = {}
CONFIRM_FIRST: Mapping[str, Mapping[str, frozenset[str]]] = {
    "people.grant": ALWAYS,
    "people.withdraw": ALWAYS,
    "people.invite": {"role": frozenset({"administrator", "analyst"})},
    "people.change_password": ALWAYS,
    "people.ask_address": ALWAYS,
    "people.new_app": ALWAYS,
    "people.turn_on_app": ALWAYS,
    "people.turn_off_app": ALWAYS,
    "people.new_codes": ALWAYS,
    "people.new_passkey": ALWAYS,
    "people.new_passkey_challenge": ALWAYS,
    "people.add_passkey": ALWAYS,
    "people.remove_passkey": ALWAYS,
    "people.connect": ALWAYS,
    "people.disconnect": ALWAYS,
    "people.save_sign_on": ALWAYS,
    "home.erase_person": ALWAYS,
    "home.download_person": ALWAYS,
    "home.download_own": ALWAYS,
    "partners.save_settings": ALWAYS,
    "partners.save_look": ALWAYS,
    "partners.drop_look": ALWAYS,
    "partners.enable": ALWAYS,
    "partners.disable": ALWAYS,
    "partners.save_plugin": ALWAYS,
    "summaries.agree": ALWAYS,
    "summaries.end": ALWAYS,
    "operations.forget_faults": ALWAYS,
    "operations.try_again": ALWAYS,
}
"""Dangerous acts: the session must have been confirmed lately. With fields, only where one has one of these values."""


def must_confirm(endpoint: str, form: Mapping[str, str], confirmed_at: datetime | None, now: datetime) -> bool:
    """Whether this act waits until the session is confirmed by password, code or passkey."""
    if endpoint not in CONFIRM_FIRST or (confirmed_at is not None and now - confirmed_at < CONFIRMED_FOR):
        return False
    fields = CONFIRM_FIRST[endpoint]
    return not fields or any(form.get(name, "") in values for name, values in fields.items())


def without_factor(actor: ActorFacts) -> ActorFacts:
    """Who somebody is until they have the second factor that their roles ask for: a facilitator, and no operator."""
    if actor.roles.isdisjoint(FACTOR_ROLES) and not actor.is_operator:
        return actor
    less = actor.roles - FACTOR_ROLES
    return replace(actor, roles=less if less == actor.roles else less | {WITHOUT_FACTOR}, is_operator=False)


def takes_passkeys(host: str) -> bool:
    """Whether a browser lets a site of this host have passkeys: those at a bare number it doesn't."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return True
    return False


def plain_code(text: str) -> str:
    """A code as it is compared: however it was grouped, in lower case."""
    return re.sub(r"[\s\-\u2010-\u2015]+", "", text[:100]).lower()


def room_wordings() -> dict[str, Message]:
    """What is agreed to by each tick about the room, by purpose, in the very words of the form."""
    shown = {f"show.{name}": (SHOWS, label) for name, label in SHOWN.items()}
    reached = {f"reach.{name}": (REACHED, label) for name, label in CONTACTS.items()}
    return {
        purpose: Message("%(ask)s: %(what)s. %(hint)s", {
            "ask": Message(ask), "what": Message(what), "hint": Message(SHOWS_HINT),
        })
        for purpose, (ask, what) in (shown | reached).items()
    }  # fmt: skip


def may_invite(roles: Collection[str], role: str) -> bool:
    """Whether somebody with these roles may invite into `role`; a facilitator brings in those of her cohorts."""
    if "administrator" in roles:
        return role in ROLES
    return "facilitator" in roles and role in ("participant", "line_manager")


def plain_email(text: str) -> str:
    """An e-mail address as it is kept and compared: without space around it, in lower case."""
    return text.strip().lower()


def name_from(email: str) -> str:
    """What to call somebody of whom only the address is known: Ines Moreau for ines.moreau+kit@example.org."""
    local = plain_email(email).partition("@")[0].partition("+")[0]
    return " ".join(re.split(r"[._-]+", local)).strip().title() or email


def email_problem(email: str) -> Message | None:
    """Why this can't be an e-mail address, or None; only a mail that arrives proves that it is one."""
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email):
        return msg("Enter an e-mail address such as name@example.org.")
    return None


def password_problem(password: str, email: str = "") -> Message | None:
    """Why this password is too weak, or None. Length counts, not kinds of characters (NIST SP 800-63B, 3.1.1.2)."""
    if len(password) < LEAST_PASSWORD:
        return msg("Use at least %(least)s characters: three or four words are easy to remember.", least=LEAST_PASSWORD)
    if len(password) > MOST_PASSWORD:
        return nmsg("Use at most %(count)s character.", "Use at most %(count)s characters.", MOST_PASSWORD)
    lower = password.lower()
    name = email.partition("@")[0]
    named = len(name) >= LEAST_NAME and name in lower
    if len(set(lower)) < LEAST_DIFFERENT or _runs(lower) or "password" in lower or named:
        return msg("This is too easy to guess: use three or four words that don't belong together.")
    return None


def check_new(email: str, password: str | None) -> None:
    """Judge what a new account would be made from, whether or not there is one. Raises Invalid (email, password)."""
    email = plain_email(email)
    problem = email_problem(email)
    if problem is not None:
        raise Invalid(fields={"email": [problem]})
    if password is not None and (weak := password_problem(password, email)) is not None:
        raise Invalid(fields={"password": [weak]})


def _runs(text: str) -> bool:
    """Whether most of it counts up or down, as in 123456 or abcdef."""
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    return sum(step in (1, -1) for step in steps) > len(steps) * 0.6


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


def device_name(user_agent: str) -> str:
    """What a person would call the browser, such as Firefox on Windows; empty where it doesn't say."""
    browser = next((name for sign, name in _BROWSERS if sign in user_agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)
