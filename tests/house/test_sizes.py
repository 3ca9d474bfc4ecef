"""Nothing grows so long that it cannot be read at one sitting."""

import ast

from tests.house.conftest import Plant
from tests.house.tree import Function, Tree, called_name, in_order

LONGEST_FILE = 400
LONGEST_FUNCTION = 40
LONGEST_VIEW = 15
LONGEST_TEMPLATE = 150
ROUTES = {"route", "get", "post", "put", "patch", "delete"}


def is_record(name: str) -> bool:
    """A migration is a record of what was done, and is never edited again."""
    return "migrations/versions/" in name


def long_files(tree: Tree) -> list[str]:
    pages = [source for source in tree.files(".html", ".txt") if "/templates/" in source.name]
    limits = [(source, LONGEST_FILE) for source in tree.files(".py", ".js", ".css") if not is_record(source.name)]
    limits += [(source, LONGEST_TEMPLATE) for source in pages]
    return [
        source.at(1, f"has {len(source.lines)} lines, {limit} are allowed")
        for source, limit in limits
        if len(source.lines) > limit
    ]


def length(function: Function) -> int:
    """Lines of code: from `def` to the end, without the docstring."""
    first = function.body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if said else 0
    return (function.end_lineno or function.lineno) - function.lineno + 1 - docstring


def long_functions(tree: Tree) -> list[str]:
    return [
        source.at(function, f"{function.name} has {length(function)} lines, {LONGEST_FUNCTION} are allowed")
        for source in tree.python()
        if not is_record(source.name)
        for function in source.functions()
        if length(function) > LONGEST_FUNCTION
    ]


def is_view(function: Function) -> bool:
    calls = [node for node in function.decorator_list if isinstance(node, ast.Call)]
    return any(isinstance(call.func, ast.Attribute) and called_name(call) in ROUTES for call in calls)


def long_views(tree: Tree) -> list[str]:
    return [
        source.at(view, f"{view.name} has {length(view)} lines; a view parses, calls one function and answers")
        for name in tree.slices()
        for source in tree.module(f"systems_changers.core.{name}.views")
        for view in source.functions()
        if is_view(view) and length(view) > LONGEST_VIEW
    ]


def test_files(tree: Tree) -> None:
    in_order(long_files(tree))


def test_functions(tree: Tree) -> None:
    in_order(long_functions(tree))


def test_views(tree: Tree) -> None:
    in_order(long_views(tree))


def test_long_files_are_found(plant: Plant) -> None:
    wrong = plant(
        {
            "systems_changers/a.py": "x = 1\n" * 401,
            "systems_changers/web/templates/web/b.html": "<p>\n" * 151,
            "systems_changers/web/templates/web/short.html": "<p>\n" * 150,
            "systems_changers/web/static/c.css": "a{}\n" * 401,
            "systems_changers/fine.py": "x = 1\n" * 400,
            "migrations/versions/0001.py": "x = 1\n" * 401,
        }
    )
    assert long_files(wrong) == [
        "systems_changers/a.py:1 has 401 lines, 400 are allowed",
        "systems_changers/web/static/c.css:1 has 401 lines, 400 are allowed",
        "systems_changers/web/templates/web/b.html:1 has 151 lines, 150 are allowed",
    ]


def test_long_functions_are_found_and_docstrings_are_free(plant: Plant) -> None:
    body = "    x = 1\n" * 40
    wrong = plant(
        {
            "systems_changers/a.py": f"y = 0\ndef long():\n{body}",
            "systems_changers/b.py": f'def fine():\n    """Says\n    much.\n    """\n{body[10:]}',
        }
    )
    assert long_functions(wrong) == ["systems_changers/a.py:2 long has 41 lines, 40 are allowed"]


def test_long_views_are_found(plant: Plant) -> None:
    body = "    x = 1\n" * 15
    wrong = plant(
        {
            "systems_changers/core/people/__init__.py": "",
            "systems_changers/core/people/views.py": f"@pages.get('/')\ndef show():\n{body}\ndef aside():\n{body}",
        }
    )
    assert [finding.split()[:2] for finding in long_views(wrong)] == [
        ["systems_changers/core/people/views.py:2", "show"]
    ]
