"""What is done about people: signing in and out, accounts, persons, roles, invitations, the first administrator."""

from systems_changers.core.people.service.accounts import change_password, make_account
from systems_changers.core.people.service.invitations import (
    Accepted,
    Invitation,
    Invited,
    accept_as_new,
    accept_here,
    invite,
    open_invitation,
)
from systems_changers.core.people.service.persons import (
    PersonOptions,
    ProfileAnswers,
    change_person,
    find_or_make_person,
    save_profile,
)
from systems_changers.core.people.service.roles import grant_role, refuse_last_administrator, withdraw_role
from systems_changers.core.people.service.set_up import NewPerson, finish_set_up, issue_set_up, open_set_up
from systems_changers.core.people.service.sign_in import (
    Browser,
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
    "Browser",
    "Invitation",
    "Invited",
    "NewPerson",
    "PersonOptions",
    "ProfileAnswers",
    "accept_as_new",
    "accept_here",
    "change_password",
    "change_person",
    "find_or_make_person",
    "finish_set_up",
    "forget_sessions",
    "grant_role",
    "invite",
    "issue_set_up",
    "issue_sign_in",
    "make_account",
    "mark_seen",
    "open_invitation",
    "open_set_up",
    "open_sign_in_link",
    "refuse_last_administrator",
    "revoke_other_sessions",
    "revoke_session",
    "save_profile",
    "send_sign_in_link",
    "sign_in_by_link",
    "sign_in_by_password",
    "sign_out",
    "start_session",
    "withdraw_role",
]
