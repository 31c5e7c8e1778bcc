"""An in-memory DuckDB for one step: bounded memory, and sums that come out the same at every run."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb
import pandas as pd

MEMORY_LIMIT = "1GB"


@contextmanager
def engine(frames: Mapping[str, pd.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an in-memory DuckDB that sees the frames under their names.

    One thread: floating-point sums depend on their order, and a partition that is made twice must be the
    same to the last digit.
    """
    with (
        tempfile.TemporaryDirectory(prefix="behavior_pipeline_") as spill,
        duckdb.connect(
            ":memory:", config={"threads": 1, "memory_limit": MEMORY_LIMIT, "temp_directory": spill}
        ) as connection,
    ):
        for name, frame in frames.items():
            connection.register(name, frame)
        yield connection
