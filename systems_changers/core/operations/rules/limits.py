"""What may be tried how often, and what a one-time secret may be for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PURPOSES = frozenset({
    "sign_in", "invitation", "set_up", "second_step", "passkey_new", "passkey_use", "sign_on", "address",
})  # fmt: skip
FORM = "form"
"""The purpose of a row that is no link's secret: it says that a form was taken."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `times` in `seconds`."""

    times: int
    seconds: int


RATE_LIMITS: Mapping[str, RateLimit] = {
    "password_account": RateLimit(10, 900),
    "password_wrong": RateLimit(50, 3600),
    "password_address": RateLimit(60, 900),
    "password_everyone": RateLimit(3000, 900),
    "link_account": RateLimit(5, 3600),
    "link_wanted": RateLimit(20, 3600),
    "link_address": RateLimit(30, 3600),
    "token_address": RateLimit(30, 900),
    "token_tries": RateLimit(5, 86400),
    "token_answer": RateLimit(1, 14 * 86400),
    "change_password": RateLimit(10, 900),
    "factor_account": RateLimit(10, 900),
    "factor_address": RateLimit(60, 900),
    "factor_everyone": RateLimit(3000, 900),
    "passkey_address": RateLimit(120, 900),
    "passkey_everyone": RateLimit(3000, 900),
    "sign_on_address": RateLimit(60, 900),
    "sign_on_everyone": RateLimit(3000, 900),
    "sign_on_tries": RateLimit(5, 900),
    "new_address_account": RateLimit(5, 3600),
    "new_address_wanted": RateLimit(5, 3600),
    "new_address_address": RateLimit(30, 3600),
    "new_address_everyone": RateLimit(1000, 3600),
    "invite": RateLimit(200, 3600),
    "complaint_address": RateLimit(5, 3600),
    "complaint_daily": RateLimit(10, 86400),
    "complaint_partner": RateLimit(100, 86400),
}
