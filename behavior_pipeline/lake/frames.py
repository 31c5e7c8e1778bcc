"""Frames to Arrow and back: nullable numbers, texts as `str`, days as midnight, instants in UTC."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

TEXT = pd.StringDtype(na_value=np.nan)
# An integer column with a NULL must not become a float: nanoseconds do not fit into one.
DTYPES: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int64Dtype(), pa.int16(): pd.Int64Dtype(), pa.int32(): pd.Int64Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.uint8(): pd.Int64Dtype(), pa.uint16(): pd.Int64Dtype(), pa.uint32(): pd.Int64Dtype(),
    pa.uint64(): pd.UInt64Dtype(),
    pa.float32(): pd.Float64Dtype(), pa.float64(): pd.Float64Dtype(),
    pa.bool_(): pd.BooleanDtype(), pa.string(): TEXT, pa.large_string(): TEXT,
}  # fmt: skip


def to_frame(rows: pa.Table) -> pd.DataFrame:
    """Return an Arrow table as a frame with the types of the table contracts."""
    frame: pd.DataFrame = rows.to_pandas(
        types_mapper=DTYPES.get, date_as_object=False, integer_object_nulls=True
    )
    days = [field.name for field in rows.schema if pa.types.is_date(field.type)]
    return frame.astype(dict.fromkeys(days, "datetime64[ns]")) if days else frame


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return a validated frame as an Arrow table, which DuckDB scans without a copy of its texts."""
    return pa.Table.from_pandas(frame, preserve_index=False)
