"""Below the edges nothing commits and nothing aborts: the edge that opened a scope ends it, once."""

import ast

from tests.house.conftest import Plant
from tests.house.tree import Source, Tree, called_name, in_order

ENDINGS = {"commit", "rollback", "begin"}
BEFORE_ANY_SCOPE = {
    "systems_changers/core/home/service/instance.py": "makes and opens an instance, before there is a partner",
    "systems_changers/core/home/service/register.py": "writes a register batch by batch, a transaction each",
    "systems_changers/core/operations/service/chains.py": "goes along every chain, a transaction a batch",
    "systems_changers/core/summaries/service/gathering.py": "gathers at the foundation, a transaction a foundation",
    "systems_changers/core/home/service/backup.py": "copies the whole instance, past every scope",
    "systems_changers/core/home/service/restore.py": "makes an instance, before there is a partner",
    "systems_changers/core/home/service/leaving.py": "makes an exit kit for a command, of one moment",
    "systems_changers/core/home/service/leaving_words.py": "writes an exit kit's words, which are of no scope",
    "systems_changers/core/home/service/leaving_site.py": "writes an exit kit's pages, which are of no scope",
    "systems_changers/core/home/service/moving.py": "says for both ways what a partner's file is called inside",
    "systems_changers/core/home/service/moving_told.py": "reads a file before there is a partner",
    "systems_changers/core/home/service/moving_out.py": "takes a partner out for a command, in a moment of its own",
    "systems_changers/core/home/service/moving_in.py": "brings a partner in for a command, all of it or nothing",
    "systems_changers/core/home/service/upgrade.py": "changes the tables that scopes stand on",
    "systems_changers/core/home/service/chains.py": "proves every chain for a command, which has no scope yet",
    "systems_changers/core/home/service/keeping.py": "runs the retention for a command, a transaction a partner",
    "systems_changers/core/home/service/own_data.py": "takes out and erases for commands, a transaction a partner",
    "systems_changers/core/home/service/plugins.py": "switches plugins for a command, which has no scope yet",
    "systems_changers/core/home/service/doctor.py": "looks over an instance that may not even open",
    "systems_changers/core/home/service/doctor_kept.py": "looks at backups, which lie outside every scope",
    "systems_changers/core/home/service/doctor_working.py": "looks at every partner, for a command",
    "systems_changers/core/home/service/doctor_plugins.py": "asks plugins at every partner, for a command",
    "systems_changers/core/home/service/measures.py": "tells figures of the whole instance, to whoever watches it",
    "systems_changers/core/home/service/demo.py": "makes a demo, before there is a partner",
    "systems_changers/core/operations/service/rate_storage.py": "is called by the library that counts attempts",
}


def services(tree: Tree) -> list[Source]:
    return [source for name in tree.slices() for source in tree.module(f"systems_changers.core.{name}.service")]


def endings(tree: Tree) -> list[str]:
    return [
        source.at(node, f"calls {called_name(node)}(): the edge commits, once")
        for source in tree.python("systems_changers/core")
        if source.name not in BEFORE_ANY_SCOPE
        for node in ast.walk(source.syntax)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and called_name(node) in ENDINGS
    ]


def aborts(tree: Tree) -> list[str]:
    return [
        source.at(node, "aborts: raise one of the errors of infra/errors.py")
        for source in tree.product()
        for node in ast.walk(source.syntax)
        if isinstance(node, ast.Call) and called_name(node) == "abort"
    ]


def services_without_scope(tree: Tree) -> list[str]:
    """Public functions of a service whose first argument is not `scope`."""
    return [
        source.at(node, f"{node.name}: a service takes scope first")
        for source in services(tree)
        if source.name not in BEFORE_ANY_SCOPE
        for node in source.syntax.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        if [argument.arg for argument in node.args.posonlyargs + node.args.args][:1] != ["scope"]
    ]


def test_nothing_commits_below_the_edges(tree: Tree) -> None:
    in_order(endings(tree))


def test_nothing_aborts(tree: Tree) -> None:
    in_order(aborts(tree))


def test_services_take_scope_first(tree: Tree) -> None:
    in_order(services_without_scope(tree))


def test_exceptions_are_still_there(tree: Tree) -> None:
    assert [name for name in BEFORE_ANY_SCOPE if not (tree.root / name).exists()] == []


def test_wrong_services_are_found(plant: Plant) -> None:
    code = "def add(scope, name):\n    scope.db.commit()\n\n\ndef take(db):\n    abort(404)\n\n\ndef _own(x): ...\n"
    wrong = plant({"systems_changers/core/people/__init__.py": "", "systems_changers/core/people/service.py": code})
    place = "systems_changers/core/people/service.py"
    assert [finding.split()[0] for finding in endings(wrong)] == [f"{place}:2"]
    assert [finding.split()[0] for finding in aborts(wrong)] == [f"{place}:6"]
    assert [finding.split()[0] for finding in services_without_scope(wrong)] == [f"{place}:5"]
