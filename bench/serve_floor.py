"""The floor for a server: the database's address comes from BENCH_FLOOR."""

import os

from bench.floor import make_floor

app = make_floor(os.environ["BENCH_FLOOR"])
