"""Pages about people: signing in and out, one's own account, the partner's people, invitations and the first set-up."""

from systems_changers.core.people.views import account, agreed, changes, complaints, invitations, persons, sign_in
from systems_changers.core.people.views.request import pages

__all__ = ["account", "agreed", "changes", "complaints", "invitations", "pages", "persons", "sign_in"]
