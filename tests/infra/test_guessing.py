"""Guessing: what common lists hold takes few tries however it is dressed up, and no text takes long to judge."""

import random
import subprocess
import sys
import time

import pytest

from systems_changers.infra.guessing import MOST_JUDGED, guesses


@pytest.mark.parametrize(
    "text",
    ["letmeinplease", "LetMeInPlease", "l3tme1nplease", "let me in please", "letme!npl3@se", "esaelpniemtel", ""],
)
def test_a_common_password_is_found_in_disguise(text: str) -> None:
    assert guesses(text) < 1_000_000


def test_words_that_do_not_belong_together_take_longer_with_each() -> None:
    phrase = ["porridge", "rain", "kettle", "harbour"]
    tries = [guesses(" ".join(phrase[: number + 1])) for number in range(4)]
    assert tries[0] < 10**5
    assert tries[2] > 10**8
    assert tries == sorted(tries)
    assert tries[3] > 1000 * tries[2]


def test_spaces_make_nothing_harder() -> None:
    assert guesses("manchester united") == guesses("manchesterunited") == guesses(" m a n chester  united ")


def test_what_comes_late_in_a_long_text_is_not_looked_at() -> None:
    assert guesses("a" * MOST_JUDGED + "porridge rain kettle") == guesses("a" * MOST_JUDGED) < 1000


@pytest.mark.parametrize("letters", ["4@8({[<369!1|70$5+%2", "4836917052", "4836917052abc", "a1", "({[<"])
def test_no_text_takes_long(letters: str) -> None:
    """A text of these would take the library six seconds as it is."""
    guesses("its lists are loaded")
    chosen = random.Random(7)
    started = time.process_time()
    for _ in range(5):
        guesses("".join(chosen.choices(letters, k=200)))
    assert (time.process_time() - started) / 5 < 0.5


def test_the_lists_are_loaded_where_a_password_is_judged_and_only_there() -> None:
    program = (
        "import sys; from systems_changers.core.people.rules import password_problem as problem\n"
        "before = 'zxcvbn' in sys.modules; problem('sunshine princess'); print(before, 'zxcvbn' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "True"]
