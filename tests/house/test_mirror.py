"""Tests mirror the tree: whoever changes a file finds its tests in the folder of the same name."""

import ast

from tests.house.conftest import Plant
from tests.house.tree import Source, Tree, imported_modules, in_order

TESTED_FLOORS = ("rules", "queries", "service")
WHOLE_LAYERS = ("hooks", "infra")
MIRRORED = ("core", "web", "hooks", "infra", "testing")


def has_behaviour(source: Source) -> bool:
    return any(True for _ in source.functions())


def is_tested_floor(source: Source) -> bool:
    parts = source.name.split("/")
    if parts[1] in WHOLE_LAYERS:
        return True
    return parts[1] == "core" and len(parts) > 3 and parts[3].removesuffix(".py") in TESTED_FLOORS


def test_folder(source: Source) -> str:
    """tests/core/cohorts for systems_changers/core/cohorts/service.py, and for service/copying.py too."""
    parts = source.name.split("/")
    depth = 3 if parts[1] == "core" else 2
    return "/".join(["tests", *parts[1:depth]])


test_folder.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test by its name


def untested(tree: Tree) -> list[str]:
    """Modules that decide something, and that no test in the mirrored folder imports."""
    found = []
    for source in tree.python("systems_changers"):
        if source.path.name == "__init__.py" or not is_tested_floor(source) or not has_behaviour(source):
            continue
        module = source.name.removesuffix(".py").replace("/", ".")
        floor = ".".join(module.split(".")[:4])
        tests = tree.python(test_folder(source))
        imported = {name for test in tests for node in ast.walk(test.syntax) for name in imported_modules(node)}
        if not imported & {module, floor}:
            found.append(source.at(1, f"is imported by no test in {test_folder(source)}/"))
    return found


def stray_tests(tree: Tree) -> list[str]:
    """Folders of tests for a part of the kit that does not exist."""
    folders = {
        source.path.parent
        for layer in MIRRORED
        for source in tree.python(f"tests/{layer}")
        if source.path.name[:5] == "test_"
    }
    return [
        f"{folder.relative_to(tree.root).as_posix()}:1 mirrors nothing in systems_changers/"
        for folder in sorted(folders)
        if not (tree.root / "systems_changers" / folder.relative_to(tree.root / "tests")).is_dir()
    ]


def test_what_decides_is_tested(tree: Tree) -> None:
    in_order(untested(tree))


def test_every_folder_of_tests_mirrors_one(tree: Tree) -> None:
    in_order(stray_tests(tree))


def test_untested_modules_are_found(plant: Plant) -> None:
    wrong = plant(
        {
            "systems_changers/core/people/service.py": "def add(): ...\n",
            "systems_changers/core/people/rules.py": "def may(): ...\n",
            "systems_changers/core/people/models.py": "def row(): ...\n",
            "systems_changers/core/cohorts/service/copying.py": "def copy(): ...\n",
            "systems_changers/infra/clock.py": "def now(): ...\n",
            "tests/core/people/test_rules.py": "from systems_changers.core.people import rules\n",
            "tests/core/cohorts/test_service.py": "from systems_changers.core.cohorts import service\n",
            "tests/infra/test_paths.py": "from systems_changers.infra import paths\n",
        }
    )
    assert [finding.split(":")[0] for finding in untested(wrong)] == [
        "systems_changers/core/people/service.py",
        "systems_changers/infra/clock.py",
    ]


def test_stray_tests_are_found(plant: Plant) -> None:
    wrong = plant({"systems_changers/web/__init__.py": "", "tests/web/test_a.py": "", "tests/core/gone/test_a.py": ""})
    assert stray_tests(wrong) == ["tests/core/gone:1 mirrors nothing in systems_changers/"]
