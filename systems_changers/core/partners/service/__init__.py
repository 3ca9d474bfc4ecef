"""What is done to partners: made, described, given a look and words, given plugins."""

from systems_changers.core.partners.service.details import (
    Details,
    change_partner,
    save_brand,
    save_privacy,
    save_term,
    take_back_term,
    tell_sign_on,
)
from systems_changers.core.partners.service.first_steps import hide_first_steps, keep_languages, mail_tried
from systems_changers.core.partners.service.making import PartnerOptions, make_partner, slug_for
from systems_changers.core.partners.service.plugins import (
    disable_plugin,
    enable_plugin,
    move_plugin,
    save_plugin_settings,
)

__all__ = [
    "Details",
    "PartnerOptions",
    "change_partner",
    "disable_plugin",
    "enable_plugin",
    "hide_first_steps",
    "keep_languages",
    "mail_tried",
    "make_partner",
    "move_plugin",
    "save_brand",
    "save_plugin_settings",
    "save_privacy",
    "save_term",
    "slug_for",
    "take_back_term",
    "tell_sign_on",
]
