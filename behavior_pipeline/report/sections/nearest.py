"""What of a dimension came nearest to an alarm in the newest week, and what was decided on it."""

from typing import Any

from behavior_pipeline.alerts.wording import in_unit
from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import table
from behavior_pipeline.report.words import DASH, missing, slice_text
from behavior_pipeline.values import spoken

SHOWN = 5
HEAD = ("What", "Before", "This week", "Change", "p-value", "Least that is told", "Decision")
Row = dict[Any, Any]


def nearest(data: Data, dimension: str) -> Markup | None:
    """Return the week's findings of a dimension, alarms first, then those that would least come by chance."""
    rows = data.of("tested", dimension)
    rows = rows[(rows["week"].dt.date == data.week) & rows["effect"].notna()]
    if rows.empty:
        return None
    ranked = rows.assign(quiet=~rows["alarm"].astype(bool)).sort_values(["quiet", "p_value"], kind="stable")
    shown = [_cells(row) for row in ranked.head(SHOWN).to_dict("records")]
    caption = f"Nearest to an alarm in the week of {data.week.isoformat()}, of {len(rows)} that were compared"
    return table(caption, HEAD, shown, numbers=(1, 2, 3, 4, 5), class_="nearest")


def _cells(row: Row) -> list[Child]:
    where = element("bdi", slice_text(row["slice_key"], row["slice_value"]))
    what = [where] if row["metric"] == "mean" else [where, " ", element("small", row["metric"])]
    error = row["effect_se"]
    change = [_level(row, "effect"), "" if missing(error) else f" \u00b1 {_level(row, 'effect_se')}"]
    return [
        what, _level(row, "baseline"), _level(row, "current"), change, _p_value(row["p_value"]),
        _level(row, "least_detectable_effect"), spoken(row["reason"]),
    ]  # fmt: skip


def _level(row: Row, name: str) -> str:
    value = row[name]
    if missing(value):
        return DASH
    if row["unit"] == "score" and name not in ("baseline", "current"):
        return f"{value:.3f}".replace("0.", ".", 1)  # a change of two points is told by its third digit
    return in_unit(float(value), row["unit"])


def _p_value(value: Any) -> str:
    if missing(value):
        return DASH
    return "< .0001" if value < 0.0001 else f"{value:.4f}".lstrip("0")  # noqa: PLR2004
