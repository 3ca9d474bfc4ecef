"""What is done about people: signing in and out, accounts, persons, roles, invitations, the first administrator."""

from systems_changers.core.people.service.accounts import change_password, make_account
from systems_changers.core.people.service.authenticator import AppOffer, offer_app, turn_off_app, turn_on_app
from systems_changers.core.people.service.confirming import Proof, confirm_session
from systems_changers.core.people.service.factors import (
    Factors,
    factors_of,
    has_second_factor,
    owes_second_factor,
    reset_second_factor,
)
from systems_changers.core.people.service.invitations import (
    Accepted,
    Invitation,
    Invited,
    accept_as_new,
    accept_here,
    invite,
    open_invitation,
)
from systems_changers.core.people.service.passkeys import add_passkey, challenge, new_challenge, remove_passkey
from systems_changers.core.people.service.persons import (
    PersonOptions,
    ProfileAnswers,
    change_person,
    find_or_make_person,
    save_profile,
)
from systems_changers.core.people.service.recovery import Codes, new_codes
from systems_changers.core.people.service.roles import grant_role, withdraw_role
from systems_changers.core.people.service.second_step import (
    finish_by_code,
    finish_by_passkey,
    open_second_step,
    sign_in_by_passkey,
)
from systems_changers.core.people.service.set_up import NewPerson, finish_set_up, issue_set_up, open_set_up
from systems_changers.core.people.service.sign_in import (
    Browser,
    HalfSignedIn,
    enter,
    forget_sessions,
    issue_sign_in,
    mark_seen,
    open_sign_in_link,
    revoke_other_sessions,
    revoke_session,
    send_sign_in_link,
    sign_in_by_link,
    sign_in_by_password,
    sign_out,
    start_session,
)

__all__ = [
    "Accepted",
    "AppOffer",
    "Browser",
    "Codes",
    "Factors",
    "HalfSignedIn",
    "Invitation",
    "Invited",
    "NewPerson",
    "PersonOptions",
    "ProfileAnswers",
    "Proof",
    "accept_as_new",
    "accept_here",
    "add_passkey",
    "challenge",
    "change_password",
    "change_person",
    "confirm_session",
    "enter",
    "factors_of",
    "find_or_make_person",
    "finish_by_code",
    "finish_by_passkey",
    "finish_set_up",
    "forget_sessions",
    "grant_role",
    "has_second_factor",
    "invite",
    "issue_set_up",
    "issue_sign_in",
    "make_account",
    "mark_seen",
    "new_challenge",
    "new_codes",
    "offer_app",
    "open_invitation",
    "open_second_step",
    "open_set_up",
    "open_sign_in_link",
    "owes_second_factor",
    "remove_passkey",
    "reset_second_factor",
    "revoke_other_sessions",
    "revoke_session",
    "save_profile",
    "send_sign_in_link",
    "sign_in_by_link",
    "sign_in_by_passkey",
    "sign_in_by_password",
    "sign_out",
    "start_session",
    "turn_off_app",
    "turn_on_app",
    "withdraw_role",
]
