"""A partner with an administrator and Morag, each with a browser, who ask for what is held about somebody."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import sqlalchemy as sa

from systems_changers.core.operations import queries
from systems_changers.core.people.models import Person
from systems_changers.testing.instance import Instance

EMAIL = "morag@harbour.example"


class House:
    """A partner, its administrator and Morag, each with a browser."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        instance.add_partner("Harbour", slug="harbour")
        self.ada = instance.add_person("harbour", "Ada Admin", "administrator")
        self.morag = instance.add_person("harbour", "Morag Fraser", "participant")
        self.as_ada, self.as_morag = (instance.client("harbour", each) for each in (self.ada, self.morag))

    def requests(self) -> list[Any]:
        with self.instance.scope("harbour") as scope:
            return list(queries.requests_listed(scope).rows)

    def names(self) -> list[str]:
        with self.instance.scope("harbour") as scope:
            return sorted(scope.db.scalars(sa.select(Person.name)))


def unpacked(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as held:
        told: dict[str, Any] = json.loads(held.read("data.json"))
    return told
