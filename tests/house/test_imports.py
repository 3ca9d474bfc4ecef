"""What import-linter cannot see: imports inside functions, imports for typing only, plugins' tests."""

import ast
import re
from collections.abc import Iterator

from tests.house.conftest import Plant
from tests.house.tree import Source, Tree, imported_modules, in_order

REASON = re.compile(r"#\s*(?:slow|optional): \S")
KIT = "systems_changers"
TOOLKIT = f"{KIT}.toolkit"
TESTING = f"{KIT}.testing"


def imports_inside_functions(source: Source) -> Iterator[ast.Import | ast.ImportFrom]:
    seen = set()
    for function in source.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom) and node not in seen:
                seen.add(node)
                yield node


def unexplained_imports(tree: Tree) -> list[str]:
    """An import inside a function says `# slow: why` or `# optional: why` on its first line."""
    return [
        source.at(node, "imports inside a function without `# slow: why` or `# optional: why`")
        for source in [*tree.product(), *tree.python("start.py")]
        for node in imports_inside_functions(source)
        if not REASON.search(source.lines[node.lineno - 1])
    ]


def facts_that_know_core(tree: Tree) -> list[str]:
    """The facts that cross the seam import nothing from the house but facts and infra, not even for typing."""
    return [
        source.at(node, f"imports {module}: facts know nothing of core, web or app")
        for source in tree.module(f"{KIT}.hooks.facts")
        for node in ast.walk(source.syntax)
        for module in imported_modules(node)
        if module.startswith(f"{KIT}.") and not module.startswith((f"{KIT}.hooks.facts", f"{KIT}.infra"))
    ]


def allowed_in_plugin(source: Source, module: str) -> bool:
    if module == KIT or not module.startswith(f"{KIT}."):
        return True
    own = "/".join(source.name.split("/")[:3]).removesuffix(".py").replace("/", ".")
    if source.name.startswith(f"{KIT}/plugins/") and f"{module}.".startswith(f"{own}."):
        return True
    doors = (TOOLKIT, TESTING) if "/tests/" in source.name else (TOOLKIT,)
    return any(f"{module}.".startswith(f"{door}.") for door in doors)


def plugins_past_the_toolkit(tree: Tree) -> list[str]:
    """Plugins, bundled ones too, import only the toolkit; their tests also the testing kit."""
    found = []
    for source in [*tree.python("plugins"), *tree.python(f"{KIT}/plugins")]:
        for node in ast.walk(source.syntax):
            names = [name for name in imported_modules(node) if name.startswith(KIT)]
            if isinstance(node, ast.ImportFrom) and node.module == KIT:
                names = [name for name in names if name != KIT]
            found += [
                source.at(node, f"imports {name}, not {TOOLKIT}")
                for name in names[:1]
                if not allowed_in_plugin(source, name)
            ]
    return found


def banned_calls_of_importlib(tree: Tree) -> list[str]:
    """Only the toolkit, the host and the command line may import by name: elsewhere it hides a dependency."""
    doors = (f"{KIT}/toolkit.py", f"{KIT}/hooks/", f"{KIT}/cli", f"{KIT}/testing/", f"{KIT}/app.py")
    return [
        source.at(node, "imports by name, which no contract can see")
        for source in tree.product()
        if not source.name.startswith(doors)
        for node in ast.walk(source.syntax)
        if isinstance(node, ast.Attribute | ast.Name)
        and (getattr(node, "attr", "") or getattr(node, "id", "")) == "import_module"
    ]


def test_imports_inside_functions_say_why(tree: Tree) -> None:
    in_order(unexplained_imports(tree))


def test_facts_know_nothing_of_core(tree: Tree) -> None:
    in_order(facts_that_know_core(tree))


def test_plugins_use_the_toolkit(tree: Tree) -> None:
    in_order(plugins_past_the_toolkit(tree))


def test_imports_by_name_stay_at_the_doors(tree: Tree) -> None:
    in_order(banned_calls_of_importlib(tree))


def test_unexplained_imports_are_found(plant: Plant) -> None:
    code = (
        "def f():\n    import a\n    import b  # slow: a second\n"
        "    from c import (  # optional: an extra\n        d,\n    )\n    import e  # thin\n"
    )
    wrong = plant({"systems_changers/a.py": code, "tests/test_a.py": code})
    assert [finding.split()[0] for finding in unexplained_imports(wrong)] == [
        "systems_changers/a.py:2",
        "systems_changers/a.py:7",
    ]


def test_facts_that_know_core_are_found(plant: Plant) -> None:
    code = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from systems_changers.core.people import models\n"
    wrong = plant({"systems_changers/hooks/facts.py": code})
    assert facts_that_know_core(wrong)[0].startswith(
        "systems_changers/hooks/facts.py:3 imports systems_changers.core.people"
    )


def test_plugins_past_the_toolkit_are_found(plant: Plant) -> None:
    wrong = plant(
        {
            "plugins/one/one/plugin.py": "import systems_changers.toolkit\nfrom systems_changers.core import people\n",
            "plugins/one/one/sly.py": "from systems_changers import web\n",
            "plugins/one/tests/test_one.py": "import systems_changers.testing.suite\nimport systems_changers.app\n",
            "systems_changers/plugins/quiet/a.py": (
                "import systems_changers.plugins.quiet.b\nimport systems_changers.infra.db\n"
            ),
        }
    )
    assert [finding.split()[0] for finding in plugins_past_the_toolkit(wrong)] == [
        "plugins/one/one/plugin.py:2",
        "plugins/one/one/sly.py:1",
        "plugins/one/tests/test_one.py:2",
        "systems_changers/plugins/quiet/a.py:2",
    ]


def test_imports_by_name_are_found(plant: Plant) -> None:
    code = "from importlib import import_module\nimport_module('x')\n"
    wrong = plant({"systems_changers/core/people/service.py": code, "systems_changers/toolkit.py": code})
    assert [finding.split()[0] for finding in banned_calls_of_importlib(wrong)] == [
        "systems_changers/core/people/service.py:2"
    ]


def test_nested_functions_are_counted_once(plant: Plant) -> None:
    nested = plant({"systems_changers/a.py": "def f():\n    def g():\n        import a\n"})
    assert len(unexplained_imports(nested)) == 1
