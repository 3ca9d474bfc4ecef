"""Forks writers that can be killed, from a process that has loaded the kit: loading it takes longer than most die.

`python -m tests.faults.nursery FOLDER`: each line on standard input is the number that the next writer begins with;
its process id is answered, "ready", then every number that it has committed, until somebody kills it, and "over".
"""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path

from systems_changers.core.operations import service as operations
from systems_changers.core.partners.queries import hosting_partners
from systems_changers.core.people import service as people
from systems_changers.hooks.facts import ANYONE
from systems_changers.hooks.kit import open_kit
from systems_changers.hooks.scope import no_links
from systems_changers.infra.settings import Settings
from systems_changers.testing.instance import installed_plugins


def address(number: int) -> str:
    """The e-mail address of the person with this number."""
    return f"person-{number}@example.org"


def _write(folder: Path, first: int) -> None:
    """Make people, one a transaction, each with what is recorded of it; say so when it is kept."""
    kit = open_kit(Settings(data=folder), operations.FaultBook(), registry=installed_plugins())
    [partner] = hosting_partners(kit.engine)
    os.write(sys.stdout.fileno(), b"ready\n")
    for number in count(first):
        with kit.scope(partner, ANYONE, links=no_links, write=True) as scope:
            people.find_or_make_person(
                scope, f"Person {number}", address(number), access_needs="x" * (number % 7 * 300)
            )
            scope.db.commit()
        os.write(sys.stdout.fileno(), f"{number}\n".encode())


def main(folder: Path) -> None:
    """Serve until the input ends."""
    installed_plugins()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _write(folder, int(line))
        os.write(sys.stdout.fileno(), f"{child}\n".encode())
        os.waitpid(child, 0)
        os.write(sys.stdout.fileno(), b"over\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
