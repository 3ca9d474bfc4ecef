"""The schema's building blocks say what they mean to every database."""

import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex

from systems_changers.infra.db import unique_live


def test_an_index_of_live_rows_says_so_on_both_databases() -> None:
    table = sa.Table("leaf", sa.MetaData(), sa.Column("partner_id"), sa.Column("slug"), unique_live("uq_leaf", "slug"))
    for made in (table, table.to_metadata(sa.MetaData())):
        (index,) = made.indexes
        for dialect in (make_url(each).get_dialect()() for each in ("sqlite://", "postgresql://")):
            told = str(CreateIndex(index).compile(dialect=dialect))
            assert told == "CREATE UNIQUE INDEX uq_leaf ON leaf (partner_id, slug) WHERE deleted_at IS NULL"
