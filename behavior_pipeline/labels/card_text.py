"""Cards of calibration sets as people read them: only counts, and names of sets, labels and slices."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pandas as pd


def card_text(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows of calibration_sets as text, a row each."""
    return pd.DataFrame(
        {
            "dimension": rows["dimension"],
            "set": rows["dataset"],
            "in force": ["yes" if row else "" for row in rows["in_force"]],
            "since": rows["since"].dt.strftime("%Y-%m-%d"),
            "age": [f"{days} days" for days in rows["age_days"]],
            "items": rows["items"],
            "balance": [
                _counted(orjson.loads(labels) | ({"undecided": undecided} if undecided else {}))
                for labels, undecided in zip(rows["labels"], rows["undecided"], strict=True)
            ],
            "strata": [_counted(orjson.loads(row)) for row in rows["strata"]],
            "annotators": rows["annotators"],
            "shared": rows["shared_items"],
            "alpha": [_number(*row) for row in zip(rows["alpha"], rows["alpha_missing"], strict=True)],
            "kappa": [_number(row, "") for row in rows["kappa"]],
            "gaps": [_gap_text(orjson.loads(row)) for row in rows["gaps"]],
            "change": [_change_text(row) for row in rows.to_dict("records")],
        }
    )


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _number(value: Any, missing: Any) -> str:
    return str(missing) if pd.isna(value) else f"{value:.2f}"


def _gap_text(gaps: Sequence[Mapping[str, str]]) -> str:
    return ", ".join(gap.get("label") or f"{gap['slice_key']} = {gap['slice_value']}" for gap in gaps)


def _change_text(row: Mapping[Any, Any]) -> str:
    changed = "" if row["intact"] else "not what was registered; "
    if pd.isna(row["previous"]):
        return changed + "first set"
    counts = f"+{row['added']} -{row['removed']}, {row['relabelled']} relabelled"
    return f"{changed}{counts} against {row['previous']}"
