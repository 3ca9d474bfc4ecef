"""SQL is written by the ORM, because only statements that it writes pass the partner filter.

Raw text and bare tables stay in infra/, where the isolation suite reads every line; plugins get neither.
"""

import ast

from tests.house.conftest import Plant
from tests.house.tree import Source, Tree, called_name, in_order

PAST_THE_ORM = {"exec_driver_sql", "raw_connection", "driver_connection", "dbapi_connection", "__table__"}
RAW_TEXT = {"text", "literal_column", "TextClause", "DDL"}


def sqlalchemy_names(source: Source) -> dict[str, str]:
    """What this file calls things that come from SQLAlchemy: local name to real name."""
    known = {}
    for node in ast.walk(source.syntax):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            known.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.Import):
            known.update(
                {alias.asname or alias.name: "" for alias in node.names if alias.name.startswith("sqlalchemy")}
            )
    return known


def is_raw_text(call: ast.Call, known: dict[str, str]) -> bool:
    target = call.func
    if isinstance(target, ast.Name):
        return known.get(target.id) in RAW_TEXT
    if not isinstance(target, ast.Attribute) or target.attr not in RAW_TEXT:
        return False
    return ast.unparse(target.value).split(".")[0] in known


def raw_sql(tree: Tree) -> list[str]:
    found = []
    for source in tree.product():
        if source.name.startswith("systems_changers/infra/"):
            continue
        known = sqlalchemy_names(source)
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.Call) and is_raw_text(node, known):
                found.append(source.at(node, f"writes SQL by hand with {called_name(node)}()"))
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in PAST_THE_ORM:
                found.append(source.at(node, f"goes past the ORM with {name}"))
    return found


def test_sql_is_written_by_the_orm(tree: Tree) -> None:
    in_order(raw_sql(tree))


def test_raw_sql_is_found(plant: Plant) -> None:
    code = (
        "import sqlalchemy as sa\nfrom sqlalchemy import text as words\nfrom markup import text\n"
        "db.execute(words('select 1'))\ndb.execute(sa.text('select 1'))\ntext('fine')\nreport.text('fine')\n"
        "connection.exec_driver_sql('select 1')\nPerson.__table__.select()\n__table_args__ = ()\n"
    )
    files = ["systems_changers/core/people/queries.py", "plugins/one/one/plugin.py", "systems_changers/infra/db.py"]
    wrong = plant({**dict.fromkeys(files, code), "plugins/one/one/migrations/versions/0001.py": code})
    assert [finding.split()[0].split(":") for finding in raw_sql(wrong)] == [
        [name, line] for name in files[:2] for line in ("4", "5", "8", "9")
    ]
