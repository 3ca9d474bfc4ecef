"""How many tries a password takes of somebody with lists of common passwords, words and names: those of zxcvbn.

Its `zxcvbn()` isn't called: it keeps what it is told of one person in a table that all threads share.
"""

from __future__ import annotations

MOST_JUDGED = 40
"""Characters that are looked at: the library's work grows with their square, and more would change no answer."""

_SIGNS = str.maketrans("@({[<!|$+%", "accccilstx")
"""Signs that stand for a letter. The library would try every mixture of them, seconds for some passwords."""


def guesses(text: str) -> int:
    """How many tries it withstands; spaces make nothing harder to guess."""
    from zxcvbn.matching import omnimatch  # slow: its lists take 14 MB, in processes alone where a password is chosen
    from zxcvbn.scoring import most_guessable_match_sequence  # slow: as above

    judged = "".join(text.split())[:MOST_JUDGED].translate(_SIGNS)
    if not judged:
        return 1
    return int(most_guessable_match_sequence(judged, omnimatch(judged))["guesses"])
