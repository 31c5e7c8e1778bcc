"""What a labelling tool's controls mean: verdicts of dimensions and texts beside them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from behavior_pipeline.labels.records import FIELDS
from behavior_pipeline.settings.model import Labels

# What a task's data may say of its item; `text` is not among them, since there it is what people read.
OF_ITEM = (
    "trace_id", "dimension", "item_id", "dataset_version", "rubric_version", "role", "stratum",
    "inclusion_probability",
)  # fmt: skip
RATIONALE = "_rationale"


@dataclass(frozen=True)
class Controls:
    """How names of controls and of data fields are read: `[labels.columns]` and `[labels.values]`."""

    dimensions: frozenset[str]
    rules: Labels

    def of_item(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what the data of a task says of its item, by our names."""
        theirs = {name: self.rules.columns.get(name, name) for name in OF_ITEM}
        return {name: cell_text(data.get(key, data.get(name))) for name, key in theirs.items()}

    def dimension(self, control: str, item: Mapping[str, str], *, only: bool) -> str | None:
        """Return the dimension that a control's verdict is about.

        That is the one of its name; else the one that the task names, if the control is called as the column
        `label` is, or is the only one.
        """
        named = self.rules.values.get("dimension", {}).get(control, control)
        if named in self.dimensions:
            return named
        asked = only or control == self.rules.columns.get("label", "label")
        return (item["dimension"] or None) if asked else None

    def is_field(self, key: str) -> bool:
        """Return whether a key of a flat record is one of our columns."""
        return key in FIELDS or key in self.rules.columns.values()


def texts_of(control: str, dimension: str, texts: Mapping[str, str], *, controls: set[str]) -> str:
    """Return the texts beside a verdict: those named after it, and those named after none."""
    texts_of_verdict = [
        text
        for name, text in texts.items()
        if name.startswith((control, dimension)) or not name.startswith(tuple(controls))
    ]
    return "\n".join(texts_of_verdict)


def cell_text(value: Any) -> str:
    """Return a value of JSON as the text of a cell; "" for null and what is no single value."""
    if value is None or isinstance(value, list | dict):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)
