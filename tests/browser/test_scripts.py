"""What people type is never run: markup and script go through the text fields of every form that can be reached.

Then all pages are looked at by others. A script that runs says so in a dialog, and one that is kept from running by the
policy on the console; either is a complaint, which fails the test.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.browser.corpus import CORPUS
from tests.browser.pages import reachable
from tests.browser.site import Site
from tests.browser.visitor import Visitor
from tests.faults.trial import chances, say, times

FAULT = "a script is typed"
TEXTS = "textarea, input[type=text], input[type=search], input[type=url], input[type=tel], input:not([type])"
FORMS = f"""() => [...document.forms].map((form, at) => [form, at])
    .filter(([form]) => form.querySelector("{TEXTS}") && !form.querySelector("[type=password]")).map(([, at]) => at)"""
SEND = f"""([at, texts]) => {{
    const form = document.forms[at];
    [...form.querySelectorAll("{TEXTS}")].forEach((field, n) => {{
        field.removeAttribute("maxlength");
        field.value = texts[n % texts.length];
    }});
    form.noValidate = true;
    form.requestSubmit();
}}"""
WRITERS = ("morag", "kirsty", "gwen")
READERS = ("morag", "kirsty", "alan", "gwen", "yasmin")
SILENT = frozenset({403, 409, 422, 429})
"""Answers that a form with such texts may get."""


@pytest.fixture
def site(own_site: Site) -> Site:
    return own_site


def test_what_is_typed_is_never_run(visitor: Callable[..., Visitor]) -> None:
    chance, sent = chances(FAULT), 0
    for key in WRITERS:
        writer = visitor(key)
        writer.refusals |= SILENT
        for path in some(writer, chance):
            sent += type_into(writer, path, chance)
    looked = 0
    for key in READERS:
        reader = visitor(key)
        for path in some(reader, chance):
            reader.go(path)
            looked += 1
    say(f"{sent} forms sent, {looked} pages looked at")
    assert sent > len(WRITERS)


def some(somebody: Visitor, chance: Random) -> list[str]:
    """Pages of each kind that this person can reach, as many as this run tries."""
    root = f"{somebody.root}/"
    found = list(reachable(somebody, [somebody.path, f"{root}account/"], lambda path: path.startswith(root)).values())
    return chance.sample(found, min(times(FAULT), len(found)))


def type_into(writer: Visitor, path: str, chance: Random) -> int:
    """Send every form of a page that has a text field; answers how many there are."""
    writer.go(path)
    forms: list[int] = writer.page.evaluate(FORMS)
    for at in forms:
        writer.go(path)
        with writer.page.expect_navigation():
            writer.page.evaluate(SEND, [at, chance.sample(CORPUS, len(CORPUS))])
    return len(forms)


def test_a_script_that_ran_would_be_heard(visitor: Callable[..., Visitor]) -> None:
    kirsty = visitor("kirsty")
    kirsty.page.evaluate("() => document.body.insertAdjacentHTML('beforeend', '<img src=data:, onerror=alert(1)>')")
    kirsty.page.wait_for_timeout(200)
    assert [complaint for complaint in kirsty.complaints if "Content Security Policy" in complaint]
    kirsty.complaints.clear()
