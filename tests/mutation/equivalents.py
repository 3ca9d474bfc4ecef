"""Mutants that no test can notice, because nothing is different with them.

Each by its module and a piece of its line that the line before the fault hasn't got, with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.mutation.mutants import Mutant
from tests.mutation.targets import HOME, INFRA, PEOPLE


@dataclass(frozen=True)
class Equivalent:
    module: str
    pieces: tuple[str, ...]
    reason: str

    def is_met_by(self, mutant: Mutant) -> bool:
        """Whether the mutant is one of these."""
        if mutant.file != self.module:
            return False
        told = mutant.difference()
        before, after = ("\n".join(line for line in told if line[0] == sign) for sign in "-+")
        return any(piece in after and piece not in before for piece in self.pieces)


EQUIVALENT = (
    Equivalent(f"{HOME}/forgetting.py", ("others.limit(2)",), "only the first is looked at, and that there is one"),
    Equivalent(f"{INFRA}/db.py", ("LargeBinary(17)", "LargeBinary(15)"), "SQLite's BLOB has no length"),
    Equivalent(
        f"{INFRA}/isolation_sqlite.py",
        ("(second or 'XX').lower()", "second or 'XX', schema", "(first or 'XX').startswith"),
        "SQLite names every function, column and table that it asks about; the types say that it may not",
    ),
    Equivalent(
        f"{PEOPLE}/service/sign_on.py",
        ("_KEYS.get(keys_at, (1.0, {}))", "_KEYS.get(keys_at, (-1.0, {}))"),
        "where no keys are kept, it doesn't matter since when",
    ),
    Equivalent(
        f"{PEOPLE}/service/sign_on.py", ("isinstance(email, str) else 'XX'",), "no address either, and refused alike"
    ),
    Equivalent(f"{PEOPLE}/service/sign_on.py", ("by_post else ''",), "whatever is not 'post' is the other way"),
    Equivalent(
        f"{PEOPLE}/service/passkeys.py",
        ("account_id)) or -1", "account_id)) or 1"),
        "a count is never empty; it is the types that say so",
    ),
    Equivalent(
        f"{INFRA}/id_tokens.py",
        ("len(('', 'claims'", "'head', '',", "'claims', ''"),
        "the words stand for a count of three",
    ),
    Equivalent(f"{HOME}/data_subjects.py", ("by_name else 'XX'",), "a single name is not looked for, whatever it is"),
)
