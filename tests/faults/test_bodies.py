"""Forms that are too much: ten thousand fields, too many bytes, parts without end; refused at once, nothing kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from systems_changers.core.experiments.models import Experiment
from systems_changers.hooks.facts import ActorFacts
from systems_changers.testing.instance import Browser, Instance
from tests.faults.conftest import SLUG
from tests.faults.trial import chances, say, times

FAULT = "a form has too many fields"
SECONDS = 0.2
FIELDS = 10_000
FORM = "application/x-www-form-urlencoded"
EDGE = "----edge"


def _many_fields(token: str) -> tuple[bytes, str]:
    return urlencode([("csrf_token", token), ("title", "x"), *((f"f{n}", "v") for n in range(FIELDS))]).encode(), FORM


def _one_field_often(token: str) -> tuple[bytes, str]:
    return urlencode([("csrf_token", token), *(("title", "x") for _ in range(FIELDS))]).encode(), FORM


def _many_parts(token: str) -> tuple[bytes, str]:
    part = f'--{EDGE}\r\nContent-Disposition: form-data; name="{{}}"\r\n\r\n{{}}\r\n'
    parts = [part.format("csrf_token", token), *(part.format(f"f{n}", "v") for n in range(FIELDS))]
    return ("".join(parts) + f"--{EDGE}--\r\n").encode(), f"multipart/form-data; boundary={EDGE}"


def _endless_header(token: str) -> tuple[bytes, str]:
    return (f"--{EDGE}\r\nX-{'a' * 1_900_000}").encode(), f"multipart/form-data; boundary={EDGE}"


def _too_long(token: str) -> tuple[bytes, str]:
    return b"csrf_token=" + token.encode() + b"&title=" + b"x" * 2_000_001, FORM


def _escaped(token: str) -> tuple[bytes, str]:
    return b"csrf_token=" + token.encode() + b"&title=" + b"%F0%9F%90%9D" * 160_000, FORM


def _no_form(token: str) -> tuple[bytes, str]:
    return b"\xff\x00" * 900_000, FORM


BODIES: tuple[Callable[[str], tuple[bytes, str]], ...] = (
    _many_fields, _one_field_often, _many_parts, _endless_header, _too_long, _escaped, _no_form,
)  # fmt: skip


@pytest.mark.parametrize("make", BODIES, ids=lambda each: each.__name__.strip("_"))
def test_a_form_that_is_too_much_is_refused_at_once(
    instance: Instance, morag: ActorFacts, make: Callable[[str], tuple[bytes, str]]
) -> None:
    chances(FAULT)
    browser = instance.client(SLUG, morag)
    browser.get("/experiments/")  # what is made once is made
    body, kind = make(browser.token())
    tries = [took(browser, body, kind) for _ in range(times(FAULT))]
    assert {answer.status_code for _, answer in tries} <= {400, 413, 422}
    quickest, slowest = min(each for each, _ in tries), max(each for each, _ in tries)
    say(f"{len(body):,} bytes: {tries[0][1].status_code} in {1000 * quickest:.0f} to {1000 * slowest:.0f} ms")
    assert quickest < SECONDS
    with instance.scope(SLUG) as scope:
        assert scope.db.scalar(sa.select(sa.func.count()).select_from(Experiment)) == 0


def took(browser: Browser, body: bytes, kind: str) -> tuple[float, Any]:
    """How long the answer took, in seconds of this thread's own work, and the answer."""
    began = time.thread_time()
    answer = browser.client.post(
        f"{browser.root}/experiments/", input_stream=BytesIO(body), content_length=len(body), content_type=kind,
        base_url="http://127.0.0.1",
    )  # fmt: skip
    return time.thread_time() - began, answer


def test_a_length_that_is_too_much_is_refused_before_anything_is_read(instance: Instance, morag: ActorFacts) -> None:
    class Unread(BytesIO):
        def read(self, *_given: Any) -> bytes:
            raise AssertionError("it was read")

    browser = instance.client(SLUG, morag)
    answer = browser.client.post(
        f"{browser.root}/experiments/", input_stream=Unread(), content_type=FORM, base_url="http://127.0.0.1",
        environ_overrides={"CONTENT_LENGTH": str(10**12)},
    )  # fmt: skip
    assert answer.status_code == 413
    assert "That is more than this page can take." in answer.text


def test_the_longest_text_that_people_write_is_taken(instance: Instance, morag: ActorFacts) -> None:
    browser, bees = instance.client(SLUG, morag), "\N{HONEYBEE}" * 5_000
    idea = browser.post("/experiments/", {"title": "Bees"}).headers["Location"].removeprefix(browser.root)
    answer = browser.post(f"{idea}write/harm", {"version": "1", "harm_check": bees})
    assert answer.status_code == 303
    assert bees in browser.get(f"{idea}write/harm").text
