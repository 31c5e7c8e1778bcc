"""What a table is: a name, a schema, a grain and pandera columns that guard its door."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from behavior_pipeline.errors import ContractError

if TYPE_CHECKING:  # processes that only read dumps need names and types of columns, and no frames
    import pandas as pd
    import pandera.pandas as pa

SQL_TYPES = {
    "string": "VARCHAR",
    "Int64": "BIGINT",
    "Float64": "DOUBLE",
    "boolean": "BOOLEAN",
    "datetime64[ns]": "DATE",  # what pandera makes of a day: midnight without a zone
    "datetime64[us, UTC]": "TIMESTAMPTZ",
}
MAX_REPORTED_FAILURES = 5


@dataclass(frozen=True)
class Rule:
    """What a contract asks of a column's values: a built-in check of pandera and its arguments."""

    name: Literal["isin", "in_range", "greater_than", "greater_than_or_equal_to"]
    statistics: Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """A column's pandas type, its sentence, what is asked of its values, and whether they may be missing."""

    dtype: str
    description: str
    rules: tuple[Rule, ...] = ()
    nullable: bool = field(default=False, kw_only=True)

    @cached_property
    def checks(self) -> "tuple[pa.Check, ...]":
        """Return the rules as pandera's checks."""
        import pandera.pandas as pa  # noqa: PLC0415 - not where dumps are read

        return tuple(getattr(pa.Check, rule.name)(**rule.statistics) for rule in self.rules)


def text(meaning: str, *rules: Rule, nullable: bool = False) -> Column:
    """Return a column of text; `meaning` is its sentence in docs/tables.md and Dagster: what, unit, NULL."""
    return _column("string", meaning, rules, nullable=nullable)


def json_text(meaning: str, *, nullable: bool = False) -> Column:
    """Return a column of JSON text: nested values stay text, so that no reader needs a schema for them."""
    return _column("string", meaning, nullable=nullable)


def integer(meaning: str, *rules: Rule, nullable: bool = False) -> Column:
    """Return a column of 64-bit integers."""
    return _column("Int64", meaning, rules, nullable=nullable)


def number(meaning: str, *rules: Rule, nullable: bool = False) -> Column:
    """Return a column of doubles; NaN is read as NULL."""
    return _column("Float64", meaning, rules, nullable=nullable)


def boolean(meaning: str, *, nullable: bool = False) -> Column:
    """Return a column of truth values."""
    return _column("boolean", meaning, nullable=nullable)


def date(meaning: str, *, nullable: bool = False) -> Column:
    """Return a column of days (DATE in the lake, midnight without a zone in pandas)."""
    return _column("datetime64[ns]", meaning, nullable=nullable)


def instant(meaning: str, *, nullable: bool = False) -> Column:
    """Return a column of instants in UTC."""
    return _column("datetime64[us, UTC]", meaning, nullable=nullable)


def _column(dtype: str, meaning: str, rules: Iterable[Rule] = (), *, nullable: bool) -> Column:
    return Column(dtype, meaning, tuple(rules), nullable=nullable)


def share() -> list[Rule]:
    """Return the rules of a number in [0, 1]."""
    return [Rule("in_range", {"min_value": 0, "max_value": 1})]


def at_least(low: float) -> list[Rule]:
    """Return the rules of a number that is not below `low`."""
    return [Rule("greater_than_or_equal_to", {"min_value": low})]


def above(low: float) -> list[Rule]:
    """Return the rules of a number that is greater than `low`."""
    return [Rule("greater_than", {"min_value": low})]


def one_of(words: Iterable[Any]) -> Rule:
    """Return the rule that a text is one of an enum's or a list's words."""
    return Rule("isin", {"allowed_values": [str(word) for word in words]})


@dataclass(frozen=True)
class Table:
    """A table of the lake.

    `content` tables hold user text and are never published; `analysis` tables hold none. `partition` names
    the columns by which rows are replaced, `key` the grain, `retired` columns of older versions, which go
    from a lake that has them.
    """

    name: str
    schema: Literal["content", "analysis"]
    key: tuple[str, ...]
    partition: tuple[str, ...]
    columns: Mapping[str, Column] = field(repr=False)
    description: str = ""
    retired: tuple[str, ...] = ()

    @property
    def qualified(self) -> str:
        """Return `schema.name`."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def contract(self) -> "pa.DataFrameSchema":
        """Return the pandera schema: these columns and no others, one row a key."""
        import pandera.pandas as pa  # noqa: PLC0415 - not where dumps are read

        columns = {
            name: pa.Column(column.dtype, list(column.checks), nullable=column.nullable, coerce=True)
            for name, column in self.columns.items()
        }
        return pa.DataFrameSchema(columns, strict=True, ordered=True, unique=list(self.key))

    def sql_types(self) -> dict[str, str]:
        """Return the DuckDB type of each column."""
        return {name: SQL_TYPES[column.dtype] for name, column in self.columns.items()}

    def dtype(self, column: str) -> Any:
        """Return the pandas type of a column."""
        return self.columns[column].dtype

    def empty(self) -> "pd.DataFrame":
        """Return a frame with all columns and no rows."""
        return self._rowless.copy()

    @cached_property
    def _rowless(self) -> "pd.DataFrame":
        import pandas as pd  # noqa: PLC0415 - not where dumps are read

        return pd.DataFrame({name: pd.Series(dtype=column.dtype) for name, column in self.columns.items()})

    def frame(self, rows: Sequence[Mapping[str, Any]]) -> "pd.DataFrame":
        """Return rows in the table's types: of a count beside a missing one pandas makes a float.

        A column with a value that does not fit its type stays as it is, for the door to refuse.
        """
        import pandas as pd  # noqa: PLC0415 - not where dumps are read

        columns = {
            name: pd.Series([row[name] for row in rows], dtype=object, name=name) for name in self.columns
        }
        return pd.DataFrame({name: self._typed(cells) for name, cells in columns.items()})

    def _typed(self, cells: "pd.Series[Any]") -> "pd.Series[Any]":
        try:
            return cells.astype(self.dtype(str(cells.name)))
        except (TypeError, ValueError, OverflowError):
            return cells

    def joined(self, parts: "Iterable[pd.DataFrame]") -> "pd.DataFrame":
        """Return rows of several frames; empty ones stay out, since they would change the others' types."""
        import pandas as pd  # noqa: PLC0415 - not where dumps are read

        filled = [part for part in parts if len(part)]
        return pd.concat(filled, ignore_index=True) if filled else self.empty()

    def validate(self, frame: "pd.DataFrame") -> "pd.DataFrame":
        """Return the frame in the table's column order and types, or raise ContractError naming the failures.

        Values are never in the message: they may be personal data.
        """
        missing = [name for name in self.columns if name not in frame.columns]
        extra = [str(name) for name in frame.columns if name not in self.columns]
        if missing or extra:
            raise self.refusal([f"columns missing: {missing}, unknown: {extra}"])
        if frame.empty:
            return self.empty()
        from pandera.errors import SchemaErrors  # noqa: PLC0415 - not where dumps are read

        try:
            return self.contract.validate(frame[list(self.columns)].reset_index(drop=True), lazy=True)
        except SchemaErrors as broken:
            cases = broken.failure_cases.groupby(["column", "check"], dropna=False).size()
            raise self.refusal(
                [f"{column}: {check} ({count} rows)" for (column, check), count in cases.items()]
            ) from None

    def refusal(self, failures: list[str]) -> ContractError:
        """Return the error of rows that break the contract; values are never in it."""
        shown = "; ".join(failures[:MAX_REPORTED_FAILURES])
        return ContractError(
            happened=f"rows for {self.qualified} break its contract: {shown}",
            kept="the partition as it was before; nothing of this write was committed",
            remedy=f"see the contract of {self.name} in behavior_pipeline/tables"
            " and mend the step that made the rows",
        )
