"""A plugin's check has an id, a status and a sentence that the doctor can show, or is refused where it is made."""

from __future__ import annotations

from typing import Any

import pytest

from systems_changers.hooks.checks import CheckResult
from systems_changers.infra.text import msg


def test_a_result_is_kept_as_it_was_given() -> None:
    made = CheckResult("reviews-late", "warning", msg("%(count)s wait.", count=2), "Ask.")
    assert (made.id, made.status, str(made.message), made.fix) == ("reviews-late", "warning", "2 wait.", "Ask.")


@pytest.mark.parametrize(("given", "why"), [
    (("Reviews late", "ok", "Fine."), "is no id of a check"),
    (("other.reviews", "ok", "Fine."), "is no id of a check"),
    ((7, "ok", "Fine."), "is no id of a check"),
    (("a", "fine", "Fine."), "a status is one of ok, warning, error"),
    (("a", "ok", ""), "what is said is a sentence"),
    (("a", "ok", 3), "what is said is a sentence, not int"),
    (("a", "ok", "Fine.", 3), "what is said is a sentence, not int"),
])  # fmt: skip
def test_what_cannot_be_shown_is_refused(given: tuple[Any, ...], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        CheckResult(*given)
