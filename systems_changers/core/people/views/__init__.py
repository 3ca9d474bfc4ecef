"""Pages about people: signing in and out, one's own account, the partner's people, invitations and the first set-up."""

from systems_changers.core.people.views import (
    account,
    address,
    agreed,
    changes,
    complaints,
    confirming,
    factors,
    invitations,
    persons,
    second_step,
    sign_in,
    sign_on,
    sign_on_settings,
)
from systems_changers.core.people.views.confirming import ask_to_confirm
from systems_changers.core.people.views.request import pages

__all__ = [
    "account",
    "address",
    "agreed",
    "ask_to_confirm",
    "changes",
    "complaints",
    "confirming",
    "factors",
    "invitations",
    "pages",
    "persons",
    "second_step",
    "sign_in",
    "sign_on",
    "sign_on_settings",
]
