"""Every hook keeps its promise: a name that tells its merge rule, a page, a runnable example, a call and a test."""

import ast
import re

from tests.house.conftest import Plant
from tests.house.tree import Function, Source, Tree, in_order

NAME = re.compile(r"sc_(?:offer|choose|check|refine|on)_[a-z_]+")
HEADING = re.compile(r"^#+\s.*`(sc_[a-z_]+)`", re.MULTILINE)
EXAMPLE = re.compile(r"^```\{?python|^```\{?testcode", re.MULTILINE)
SAID = ("When:", "Returns:", "Failure:", "Since:")
SPECS = "systems_changers.hooks.specs"
CALLS = "systems_changers.hooks.calls"


def is_hookspec(function: Function) -> bool:
    marks = [node.func if isinstance(node, ast.Call) else node for node in function.decorator_list]
    return any(isinstance(mark, ast.Name) and mark.id == "hookspec" for mark in marks)


def hookspecs(tree: Tree) -> list[tuple[Source, Function]]:
    return [
        (source, function) for source in tree.module(SPECS) for function in source.functions() if is_hookspec(function)
    ]


def misnamed(tree: Tree) -> list[str]:
    return [
        source.at(hook, f"{hook.name}: a hook is sc_, then offer, choose, check, refine or on, then what")
        for source, hook in hookspecs(tree)
        if not NAME.fullmatch(hook.name)
    ]


def unexplained(tree: Tree) -> list[str]:
    """Hooks whose docstring leaves out when, what is returned, what failure does, or since when."""
    return [
        source.at(hook, f"{hook.name} does not say {word}")
        for source, hook in hookspecs(tree)
        for word in SAID
        if word not in (ast.get_docstring(hook) or "")
    ]


def sections(tree: Tree) -> dict[str, str]:
    """The text under each hook's heading in docs/hooks.md."""
    page = "".join(source.text for source in tree.files(".md", below="docs/hooks.md"))
    found = list(HEADING.finditer(page))
    ends = [*(match.start() for match in found[1:]), len(page)]
    return {match.group(1): page[match.end() : end] for match, end in zip(found, ends, strict=False)}


def undocumented(tree: Tree) -> list[str]:
    written = sections(tree)
    found = []
    for source, hook in hookspecs(tree):
        if hook.name not in written:
            found.append(source.at(hook, f"{hook.name} has no heading in docs/hooks.md"))
        elif not EXAMPLE.search(written[hook.name]):
            found.append(source.at(hook, f"{hook.name} has no python example in docs/hooks.md"))
    names = {hook.name for _, hook in hookspecs(tree)}
    return found + [f"docs/hooks.md:1 describes {name}, which is no hook" for name in sorted(written.keys() - names)]


def words_in(sources: list[Source]) -> set[str]:
    return {word for source in sources for word in re.findall(r"\bsc_[a-z_]+", source.text)}


def uncalled(tree: Tree) -> list[str]:
    called = words_in(tree.module(CALLS))
    return [
        source.at(hook, f"{hook.name} is called nowhere in hooks/calls.py")
        for source, hook in hookspecs(tree)
        if hook.name not in called
    ]


def unexercised(tree: Tree) -> list[str]:
    tests = [source for source in tree.python("tests") if not source.name.startswith("tests/house/")]
    tests += [source for source in tree.python("plugins") if "/tests/" in source.name]
    exercised = words_in(tests)
    return [
        source.at(hook, f"{hook.name} is exercised by no test")
        for source, hook in hookspecs(tree)
        if hook.name not in exercised
    ]


def called_past_the_seam(tree: Tree) -> list[str]:
    """Implementations are called in hooks/calls.py alone: elsewhere nothing holds a failing plugin."""
    return [
        source.at(node, f"calls {node.func.attr} past hooks/calls.py")
        for source in tree.python("systems_changers")
        if not source.name.startswith("systems_changers/hooks/")
        for node in ast.walk(source.syntax)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and NAME.fullmatch(node.func.attr)
        if isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "hook"
    ]


def test_there_are_hooks(tree: Tree) -> None:
    assert hookspecs(tree)


def test_names(tree: Tree) -> None:
    in_order(misnamed(tree))


def test_docstrings(tree: Tree) -> None:
    in_order(unexplained(tree))


def test_pages(tree: Tree) -> None:
    in_order(undocumented(tree))


def test_calls(tree: Tree) -> None:
    in_order(uncalled(tree))


def test_tests(tree: Tree) -> None:
    in_order(unexercised(tree))


def test_the_seam(tree: Tree) -> None:
    in_order(called_past_the_seam(tree))


def test_broken_promises_are_found(plant: Plant) -> None:
    promise = "'''Offer.\n\n    When: a\n    Returns: b\n    Failure: c\n    Since: 0.1\n    '''"
    specs = f"@hookspec\ndef sc_offer_cake():\n    {promise}\n\n\n"
    wrong = plant(
        {
            "systems_changers/hooks/specs.py": specs
            + "@hookspec(firstresult=True)\ndef sc_bake_cake():\n    '''Bake.'''\n",
            "systems_changers/hooks/calls.py": "self.all('sc_offer_cake')\n",
            "systems_changers/web/cake.py": "pm.hook.sc_offer_cake()\nscope.hooks.sc_offer_cake()\n",
            "docs/hooks.md": "## `sc_offer_cake`\n\nNo example.\n\n## `sc_on_gone`\n",
            "plugins/one/tests/test_one.py": "sc_offer_cake\n",
        }
    )
    assert [finding.split()[1] for finding in misnamed(wrong)] == ["sc_bake_cake:"]
    assert len(unexplained(wrong)) == 4
    assert [" ".join(finding.split()[1:4]) for finding in undocumented(wrong)] == [
        "sc_offer_cake has no",
        "sc_bake_cake has no",
        "describes sc_on_gone, which",
    ]
    assert [finding.split()[1] for finding in uncalled(wrong)] == ["sc_bake_cake"]
    assert [finding.split()[1] for finding in unexercised(wrong)] == ["sc_bake_cake"]
    assert [finding.split()[0] for finding in called_past_the_seam(wrong)] == ["systems_changers/web/cake.py:1"]


def test_a_documented_hook_passes(plant: Plant) -> None:
    right = plant(
        {
            "systems_changers/hooks/specs/look.py": "@hookspec\ndef sc_choose_brand(): ...\n",
            "docs/hooks.md": "# Hooks\n\n## `sc_choose_brand`\n\n```python\nx = 1\n```\n",
        }
    )
    assert undocumented(right) == []
