"""Every setting is on the settings page, because a setting that nobody finds is a fault waiting."""

import ast
import re

from tests.house.conftest import Plant
from tests.house.tree import Source, Tree, in_order

PAGE = "docs/settings.md"
SETTINGS = "systems_changers.infra.settings"


def names_in(source: Source) -> list[tuple[ast.AST, str]]:
    """The public fields of each class called …Settings or …SettingsSchema."""
    return [
        (line, target.id)
        for node in ast.walk(source.syntax)
        if isinstance(node, ast.ClassDef) and re.search(r"Settings(?:Schema)?$", node.name)
        for line in node.body
        for target in (line.targets if isinstance(line, ast.Assign) else [getattr(line, "target", None)])
        if isinstance(target, ast.Name) and not target.id.startswith("_")
    ]


def settings(tree: Tree) -> list[tuple[Source, ast.AST, str]]:
    return [(source, node, name) for source in tree.module(SETTINGS) for node, name in names_in(source)]


def unwritten(tree: Tree) -> list[str]:
    """Settings that the page does not name in backticks, by field or by environment variable."""
    page = "".join(source.text for source in tree.files(".md", below=PAGE))
    return [
        source.at(node, f"the setting {name} is not on {PAGE}")
        for source, node, name in settings(tree)
        if not re.search(rf"`(?:{name}|SYSTEMS_CHANGERS_{name.upper()})`", page)
    ]


def test_there_are_settings(tree: Tree) -> None:
    assert settings(tree)


def test_settings_are_documented(tree: Tree) -> None:
    in_order(unwritten(tree))


def test_unwritten_settings_are_found(plant: Plant) -> None:
    code = "class Settings:\n    secret: str\n    data_dir: str = 'x'\n    port = 1\n    _own = 2\n"
    code += "\n\nclass Other:\n    x: int\n"
    wrong = plant(
        {"systems_changers/infra/settings.py": code, PAGE: "`secret` and `SYSTEMS_CHANGERS_PORT`, not data_dir\n"}
    )
    assert unwritten(wrong) == [f"systems_changers/infra/settings.py:3 the setting data_dir is not on {PAGE}"]
