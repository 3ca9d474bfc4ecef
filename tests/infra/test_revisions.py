"""The newest revision is read from the files, without loading Alembic."""

from pathlib import Path

import sqlalchemy as sa

from systems_changers.infra import revisions


def revision(folder: Path, name: str, follows: str | None) -> None:
    down = f'"{follows}"' if follows else "None"
    (folder / f"{name}.py").write_text(f'revision = "{name}"\ndown_revision = {down}\n')


def test_the_head_is_what_nothing_follows(tmp_path: Path) -> None:
    assert revisions.head(tmp_path) is None
    revision(tmp_path, "0002", "0001")
    revision(tmp_path, "0001", None)
    revision(tmp_path, "0003", "0002")
    assert revisions.head(tmp_path) == "0003"


def test_a_database_waits_for_what_it_has_not_reached(tmp_path: Path) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    revision(tmp_path, "a1", None)
    assert list(revisions.waiting(engine, [("harbour-trust", tmp_path)])) == ["core", "harbour-trust"]
    with engine.begin() as connection:
        table = sa.Table("sc_version_harbour_trust", sa.MetaData(), sa.Column("version_num", sa.String))
        table.create(connection)
        connection.execute(table.insert().values(version_num="a1"))
    assert list(revisions.waiting(engine, [("harbour-trust", tmp_path)])) == ["core"]
    (tmp_path / "a1.py").unlink()
    told = revisions.waiting(engine, [("harbour-trust", tmp_path)])
    assert str(told["harbour-trust"]) == str(revisions.newer_than_installed("harbour-trust"))
    assert told["core"] == revisions.CORE_WAITS
