"""What was done, in words, by part of the work, and the hash that seals it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from systems_changers.infra.text import N_

DONE: Mapping[str, str] = {
    "account.link_asked": N_("Asked for a link for signing in"),
    "account.address_asked": N_("Asked for another e-mail address"),
    "account.address_changed": N_("Changed an account's e-mail address"),
    "account.app_off": N_("Turned the authenticator app off"),
    "account.app_on": N_("Turned an authenticator app on"),
    "account.confirmed": N_("Confirmed who they are"),
    "account.link_made": N_("Made a one-time link for signing in"),
    "account.other_sessions_revoked": N_("Signed out everywhere else"),
    "account.passkey_added": N_("Added a passkey"),
    "account.passkey_removed": N_("Removed a passkey"),
    "account.password_changed": N_("Set a password"),
    "account.recovery_code_used": N_("Used a recovery code"),
    "account.recovery_codes_made": N_("Made new recovery codes"),
    "account.second_factor_reset": N_("Took somebody's second factor away, so that they can sign in again"),
    "account.session_revoked": N_("Signed one device out"),
    "account.sign_on_connected": N_("Connected the account with an organisation's own"),
    "account.sign_on_disconnected": N_("Disconnected the account from an organisation's own"),
    "account.sign_on_used": N_("Came in with an organisation's own account"),
    "account.sign_on_sessions_ended": N_("Ended the sessions that began with the organisation's own accounts"),
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
    "complaint.acknowledged": N_("Acknowledged a complaint"),
    "complaint.closed": N_("Closed a complaint"),
    "complaint.received": N_("Complained about how data is used"),
    "consent.given": N_("Agreed to something"),
    "consent.withdrawn": N_("Took back what they agreed to"),
    "evidence.added": N_("Added to what an experiment showed"),
    "evidence.removed": N_("Removed something of what an experiment showed"),
    "evidence.restored": N_("Put back something of what an experiment showed"),
    "experiment.adapt": N_("Decided to adapt an experiment"),
    "experiment.changed": N_("Changed an experiment"),
    "experiment.deleted": N_("Deleted an experiment"),
    "experiment.handed_over": N_("Handed an experiment over to its other owners"),
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
    "file.cleared": N_("Cleared away files that nothing belongs to"),
    "file.kept": N_("Added a file"),
    "file.removed": N_("Removed a file"),
    "file.restored": N_("Put a file back"),
    "facilitator.added": N_("Added a facilitator to a cohort"),
    "figures.counted": N_("Counted the figures"),
    "figures.gathered": N_("Gathered the figures that partners share"),
    "instance.restored": N_("Restored the instance from a backup"),
    "instance.upgraded": N_("Brought the instance up to date"),
    "invitation.accepted_by_hand": N_("Came in by an invitation passed on by hand"),
    "invitation.accepted_by_mail": N_("Came in by an invitation that was mailed"),
    "invitation.ended": N_("Ended an invitation by changing the address it was for"),
    "learning_partner.added": N_("Added a learning partner to a cohort"),
    "outbox.tried_again": N_("Tried again to send what was given up"),
    "participant.added": N_("Added somebody to a cohort"),
    "participant.changed": N_("Changed somebody's place in a cohort"),
    "participant.confirmed": N_("Confirmed somebody's place in a cohort"),
    "participant.left": N_("Noted that somebody left a cohort"),
    "participant.rejoined": N_("Brought somebody back into a cohort"),
    "partner.brought_in": N_("Brought a partner in from another instance"),
    "partner.exit_kit_made": N_("Made an exit kit of a partner"),
    "partner.taken_out": N_("Exported a partner"),
    "partner.brand_changed": N_("Changed the look"),
    "partner.changed": N_("Changed the details"),
    "partner.first_steps_hidden": N_("Hid the first steps"),
    "partner.first_steps_shown": N_("Showed the first steps again"),
    "partner.languages_kept": N_("Looked at the languages and kept them"),
    "partner.mail_tried": N_("Tried out mail"),
    "partner.made": N_("Made a partner"),
    "partner.privacy_changed": N_("Changed who answers for people's data"),
    "partner.plugin_disabled": N_("Turned a plugin off"),
    "partner.plugin_enabled": N_("Turned a plugin on"),
    "partner.plugin_settings_saved": N_("Changed a plugin's settings"),
    "partner.plugins_ordered": N_("Changed the order of plugins"),
    "partner.sign_on_changed": N_("Changed how people sign in with the organisation's own accounts"),
    "partner.term_saved": N_("Chose a word of one's own"),
    "partner.term_taken_back": N_("Took a word of one's own back"),
    "partners.listed": N_("Listed partners from a register"),
    "person.changed": N_("Put a person's name or address right"),
    "person.erased": N_("Erased a person"),
    "person.erased_again": N_("Erased a person again who had come back with a restore or an import"),
    "person.exported": N_("Took out everything that is held about a person"),
    "person.came_by_sign_on": N_("Came in for the first time, with an organisation's own account"),
    "person.invited": N_("Invited somebody"),
    "person.made": N_("Added a person"),
    "person.let_in_again": N_("Let somebody in again who had been erased"),
    "person.profile_saved": N_("Changed what they say of themselves"),
    "plugin.faults_forgotten": N_("Took a plugin's faults off the list"),
    "plan.made": N_("Made a cohort's plan"),
    "plan.module_dropped": N_("Took a module out of a cohort's plan"),
    "plan.module_moved": N_("Moved a module in a cohort's plan"),
    "plan.module_restored": N_("Put a module back into a cohort's plan"),
    "plan.module_swapped": N_("Chose another form of a module"),
    "register.imported": N_("Brought in a register"),
    "retention.let_go": N_("Let go what was due"),
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
    "subject_request.answered": N_("Answered a request about one's own data"),
    "subject_request.extended": N_("Took longer for a request about one's own data"),
    "subject_request.received": N_("Asked for one's own data, or to be erased"),
    "sharing.agreed": N_("Agreed to share figures"),
    "sharing.ended": N_("Ended the sharing of figures"),
}
"""What was done, in words, for every name that the kit records."""


class Area(NamedTuple):
    """A part of the work, for whoever looks for something that was done: its label, and the kinds of record in it."""

    label: str
    kinds: tuple[str, ...]


AREAS: Mapping[str, Area] = {
    "cohorts": Area(N_("Cohorts and their plans"), ("cohort", "planned_module")),
    "places": Area(N_("Places in cohorts"), ("cohort_person",)),
    "sessions": Area(N_("Sessions and records"), ("session",)),
    "experiments": Area(N_("Experiments"), ("experiment", "file")),
    "people": Area(N_("People and roles"), ("person", "membership")),
    "accounts": Area(N_("Accounts and signing in"), ("account", "sign_in_session", "passkey")),
    "privacy": Area(N_("Privacy"), ("complaint", "subject_request")),
    "settings": Area(N_("Settings and plugins"), ("partner", "plugin", "plugin_setting")),
    "figures": Area(N_("Figures and sharing"), ("summary_fact", "received_summary", "sharing_agreement")),
    "messages": Area(N_("Mail and messages"), ("outbox",)),
    "other": Area(N_("Anything else"), ()),
}
"""What plugins record is in `other`."""


def doing(name: str) -> str:
    """The msgid of what was done; a plugin's own names are shown as they are, made readable."""
    return DONE.get(name) or name.rpartition(".")[2].replace("_", " ").capitalize()


OPERATOR_CHAIN = "operator"
"""What the chain of what was done outside any partner is called; no partner may have this slug."""
OUT_OF_ORDER = timedelta(minutes=10)
"""How long something may take to be sealed. What is older than the newest sealed by more was added afterwards."""


class Recorded(NamedTuple):
    """What a seal covers of something recorded, as it is spelt in infra/spelt.py; `changed` is the list's JSON."""

    id: str
    at: str
    name: str
    actor: str | None
    kind: str | None
    object_id: str | None
    changed: str


def genesis(partner_id: UUID | None) -> str:
    """What a chain begins with, 64 hexadecimal digits: a partner's own, or (None) that of what is outside any."""
    whose = OPERATOR_CHAIN if partner_id is None else f"partner/{partner_id}"
    return hashlib.sha256(f"systems-changers/audit/1/{whose}".encode()).hexdigest()


def link_hash(previous: str, event: Recorded) -> str:
    """SHA-256, as 64 hexadecimal digits, of the previous hash's 32 bytes and the event's canonical JSON.

    Canonical: keys in alphabetical order, no space, UTF-8, ids as digits, moments in UTC to the microsecond.
    """
    id_, at, name, actor, kind, object_id, changed = event
    moment = _QUOTED(at) if len(at) == MOMENT else _ENCODE(at)
    about = "null" if object_id is None else _QUOTED(object_id)
    text = (
        f'{{"actor":{_json(actor)},"at":{moment},"changed":{_canonical(changed)},"id":"{id_}",'
        f'"kind":{_json(kind)},"name":{_json(name)},"object":{about}}}'
    )
    return hashlib.sha256(bytes.fromhex(previous) + text.encode("utf-8", "surrogatepass")).hexdigest()


MOMENT = 26
_QUOTED = '"{}"'.format
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@lru_cache(maxsize=4096)
def _json(text: str | None) -> str:
    """The few names, kinds and people that come again and again."""
    return _ENCODE(text)


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    """The list without space between its entries; what is no JSON counts as the text that it is."""
    try:
        return _ENCODE(json.loads(text))
    except ValueError:
        return _ENCODE(text)
