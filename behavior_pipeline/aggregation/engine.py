"""Days of scored traces in an in-memory DuckDB: who is in which slice, and every score row, once for all."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb
import pandas as pd

from behavior_pipeline.aggregation.unjudged import REASONS
from behavior_pipeline.provenance.digests import canonical_json
from behavior_pipeline.tables.rows import Rows
from behavior_pipeline.values import sql_beside
from behavior_pipeline.words import ABSENT, INPUT, OTHER, SAFE, UNSAFE

INPUTS = (SAFE, UNSAFE)
MEMORY_LIMIT = "400MB"
SCORES = [
    "dimension", "day", "trace_id", "tuple_id", "weight", "score", "missing_reason", "input", "evaluator",
]  # fmt: skip
TEXTS = {"scores": {"input": "string", "evaluator": "string"}}  # empty columns of frames have no type
FACTS = [
    "trace_id", "user_key", "cluster_key", "slices", "role", "sampling_weight", "duration_ms", "cost_usd",
    "feature", "model",
]  # fmt: skip


@contextmanager
def prepared(
    scores: pd.DataFrame | Rows,
    facts: pd.DataFrame | Rows,
    tuples: pd.DataFrame,
    *,
    watched: Mapping[str, Sequence[str]],
    live: Sequence[str],
    more: Mapping[str, pd.DataFrame],
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB that holds the tables of prepared.sql, and sees the frames of `more` by their names.

    Scores and facts may lie on disk, with each column of SCORES and FACTS.
    `live` are the keys that traffic is known to carry: a trace without one of them is in its slice `absent`.
    One thread: floating-point sums depend on their order, and a partition that is made twice must be the
    same to the last digit.
    """
    pairs = [(key, value) for key, values in watched.items() for value in values]
    keys = sorted(set(watched) - {INPUT})
    frames = {
        "tuples": tuples,
        "keys": pd.DataFrame(
            {"slice_key": pd.Series(keys, dtype="string"), "live": [key in live for key in keys]}
        ).astype({"live": "bool"}),
        "watched": pd.DataFrame(pairs, columns=["slice_key", "slice_value"], dtype="string"),
        "unjudged": pd.DataFrame({"reason": pd.Series([str(reason) for reason in REASONS], dtype="string")}),
        "member_json": _member_json([*pairs, *((key, word) for key in keys for word in (OTHER, ABSENT))]),
    }
    with (
        tempfile.TemporaryDirectory(prefix="behavior_pipeline_") as spill,
        duckdb.connect(
            ":memory:", config={"threads": 1, "memory_limit": MEMORY_LIMIT, "temp_directory": spill}
        ) as connection,
    ):
        for name, frame in (frames | dict(more)).items():
            connection.register(name, frame)
        for name, rows, columns in (("scores", scores, SCORES), ("facts", facts, FACTS)):
            if isinstance(rows, Rows):
                chosen = ", ".join(columns)
                connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {chosen} FROM {rows.relation()}")  # noqa: S608
            else:
                connection.register(name, rows.reindex(columns=columns).astype(TEXTS.get(name, {})))
        connection.execute(sql_beside(__file__, "prepared"))
        yield connection


def _member_json(pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return each slice as the member of a canonical JSON object, `"key":"value"`."""
    rows = sorted({(key, value, canonical_json({key: value}).decode()[1:-1]) for key, value in pairs})
    return pd.DataFrame(rows, columns=["slice_key", "slice_value", "json"], dtype="string")
