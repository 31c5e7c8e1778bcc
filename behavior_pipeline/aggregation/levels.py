"""How often each score of a graded scale was given in a week, slice by slice."""

from collections.abc import Mapping
from datetime import date

import duckdb
import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.provenance.tuples import series_id
from behavior_pipeline.tables.cells import WEEKLY_LEVELS
from behavior_pipeline.values import plain_record

SERIES = ["dimension", "slice_key", "slice_value", "judge", "rubric"]
COUNTS = """
select scorer.dimension, slice.slice_key, slice.slice_value, scorer.judge, scorer.rubric, sliced.score,
    count(*) as n, sum(sliced.weight) as weight
from sliced join slice using (slice_no) join scorer using (scorer_no)
where sliced.score is not null and scorer.dimension in (select unnest($graded))
group by all order by all
"""


def weekly_levels(
    connection: duckdb.DuckDBPyConnection, specs: Mapping[str, DimensionSpec], *, week: date
) -> pd.DataFrame:
    """Return WEEKLY_LEVELS rows of a prepared week, after its cells."""
    graded = [name for name, spec in specs.items() if spec.scale.kind == "graded"]
    if not graded:
        return WEEKLY_LEVELS.empty()
    rows = connection.execute(COUNTS, {"graded": graded}).df()
    names = map(plain_record, rows[SERIES].drop_duplicates().to_dict("records"))
    ids = pd.DataFrame(
        [{**one, "series_id": series_id(**one)} for one in names], columns=[*SERIES, "series_id"]
    )
    rows = rows.merge(ids, on=SERIES).assign(week=pd.Timestamp(week))
    return WEEKLY_LEVELS.validate(rows[list(WEEKLY_LEVELS.columns)])
