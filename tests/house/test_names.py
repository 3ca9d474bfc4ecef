"""Names say what a thing is for; a drawer for odds and ends has no name here."""

import ast
import re
from collections.abc import Iterator

from tests.house.conftest import Plant
from tests.house.tree import Tree, in_order

DRAWERS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
OTHER_WORDS_FOR_PARTNER = {"org", "orgs", "tenant", "tenants"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words(name: str) -> set[str]:
    return {word.lower() for word in WORD.findall(name)}


def drawers(tree: Tree) -> list[str]:
    """Files, folders and classes that are named after nothing."""
    found = []
    for source in tree.files(".py", ".html", ".js", ".css"):
        parts = source.name.removesuffix(source.path.suffix).split("/")
        named = {word for part in parts for word in words(part)} & DRAWERS
        found += [source.at(1, f"is called {word}: name it after what it is for") for word in sorted(named)]
        if source.path.suffix == ".py":
            found += [
                source.at(node, f"class {node.name}: name it after what it is for")
                for node in ast.walk(source.syntax)
                if isinstance(node, ast.ClassDef) and words(node.name) & DRAWERS
            ]
    return found


def names_given(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every name that a file gives to something."""
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node.name
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id


def other_words_for_partner(tree: Tree) -> list[str]:
    return [
        source.at(node, f"{name}: a Partner is a partner everywhere")
        for source in tree.product()
        for node, name in names_given(source.syntax)
        if words(name) & OTHER_WORDS_FOR_PARTNER
    ]


def programme_sessions(tree: Tree) -> list[str]:
    """The programme's session is CohortSession, a course module CourseModule: the bare words mean other things."""
    return [
        source.at(node, f"class {node.name} collides: say Cohort{node.name} or Course{node.name}")
        for source in tree.python("systems_changers/core")
        for node in ast.walk(source.syntax)
        if isinstance(node, ast.ClassDef) and node.name in {"Session", "Module"}
    ]


def test_no_drawers(tree: Tree) -> None:
    in_order(drawers(tree))


def test_partner_is_the_only_word_for_one(tree: Tree) -> None:
    in_order(other_words_for_partner(tree))


def test_settled_collisions(tree: Tree) -> None:
    in_order(programme_sessions(tree))


def test_drawers_are_found(plant: Plant) -> None:
    wrong = plant(
        {
            "systems_changers/web/form_helpers.py": "",
            "systems_changers/hooks/a.py": "\nclass HookManager: ...\nclass Managed: ...\n",
            "systems_changers/web/commonly.py": "",
        }
    )
    assert [finding.split()[0] for finding in drawers(wrong)] == [
        "systems_changers/hooks/a.py:2",
        "systems_changers/web/form_helpers.py:1",
    ]


def test_other_words_for_partner_are_found(plant: Plant) -> None:
    wrong = plant({"systems_changers/a.py": "def f(org_id, organisation): ...\nTENANT = 1\nclass OrgPage: ...\n"})
    assert sorted(finding.split(":")[1] for finding in other_words_for_partner(wrong)) == [
        "1 org_id",
        "2 TENANT",
        "3 OrgPage",
    ]


def test_collisions_are_found(plant: Plant) -> None:
    wrong = plant({"systems_changers/core/sessions/models.py": "class Session: ...\nclass CohortSession: ...\n"})
    assert len(programme_sessions(wrong)) == 1
