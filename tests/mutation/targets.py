"""What is mutated, and by which tests each mutant is to be noticed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LEAST = 90
"""Per cent of a group's mutants that its tests must notice."""


@dataclass(frozen=True)
class Group:
    """Modules that keep one promise, and the tests of that promise."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    database: Literal["sqlite", "postgresql"] = "sqlite"
    seconds: float = 6
    """Of the processor's time. Tests beyond that are not asked any more, and the mutant counts as survived."""


INFRA, PEOPLE = "systems_changers/infra", "systems_changers/core/people"
OPERATIONS, HOME = "systems_changers/core/operations/service", "systems_changers/core/home/service"
ISOLATION_TESTS = (
    "tests/isolation/test_paths.py", "tests/isolation/test_own_work.py", "tests/isolation/test_second_lock.py",
    "tests/isolation/test_doors.py", "tests/isolation/test_sqlite_guard.py",
    "tests/infra/test_db.py", "tests/infra/test_db_rows.py", "tests/infra/test_keyholes.py",
    "tests/infra/test_transactions.py", "tests/infra/test_engine.py", "tests/infra/test_roles.py",
)  # fmt: skip

GROUPS = (
    Group(
        "isolation",
        tuple(f"{INFRA}/{name}.py" for name in ("isolation", "isolation_sqlite", "db", "transactions")),
        ISOLATION_TESTS,
    ),
    Group(
        "isolation on PostgreSQL",
        tuple(f"{INFRA}/{name}.py" for name in ("isolation_postgresql", "keyholes", "keyholes_postgresql")),
        ISOLATION_TESTS,
        "postgresql",
    ),
    Group(
        "sign-in",
        (
            *(f"{PEOPLE}/service/{name}.py" for name in (
                "sign_in", "accounts", "factors", "second_step", "authenticator", "passkeys", "recovery", "confirming",
                "sign_on", "sign_on_people", "sign_on_settings",
            )),
            f"{PEOPLE}/rules/signing_in.py",
            f"{OPERATIONS}/limits.py", f"{OPERATIONS}/rate_storage.py", f"{OPERATIONS}/tokens.py",
            f"{INFRA}/passwords.py", f"{INFRA}/id_tokens.py",
        ),
        (
            "tests/core/people/test_sign_in.py", "tests/core/people/test_sign_in_kept.py",
            "tests/core/people/test_second_factor.py",
            "tests/core/people/test_passkeys.py", "tests/core/people/test_sign_on.py",
            "tests/core/people/test_sign_on_way.py", "tests/core/people/test_signing_in.py",
            "tests/core/people/test_sign_on_accounts.py", "tests/core/people/test_sign_on_views.py",
            "tests/core/people/test_factor_views.py", "tests/core/people/test_rules.py",
            "tests/core/people/test_service.py", "tests/core/people/test_views.py",
            "tests/core/people/test_changes.py", "tests/core/operations/test_limits.py",
            "tests/core/operations/test_rate_storage.py",
            "tests/core/operations/test_tokens.py", "tests/infra/test_passwords.py", "tests/infra/test_id_tokens.py",
        ),
    ),
    Group(
        "erasure",
        (
            *(f"{HOME}/{name}.py" for name in ("erasing", "forgetting", "data_subjects")),
            "systems_changers/core/privacy/service/tombstones.py",
            *(f"{INFRA}/{name}.py" for name in ("subjects", "redaction", "scrubbing")),
        ),
        (
            "tests/core/home/test_erasing.py", "tests/core/home/test_erasure_counts.py",
            "tests/core/home/test_data_subjects.py",
            "tests/core/home/test_erasure_proof.py",
            "tests/core/home/test_coming_back.py", "tests/core/home/test_own_data_pages.py",
            "tests/core/privacy/test_requests.py",
            "tests/infra/test_subjects.py", "tests/infra/test_redaction.py", "tests/infra/test_scrubbing.py",
        ),
        seconds=20,
    ),
)  # fmt: skip
