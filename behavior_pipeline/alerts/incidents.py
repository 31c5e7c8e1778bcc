"""One alert for one incident: which of several falls that came together leads, and which stand below it.

The slice that best separates what fell from what did not leads: the largest share x (1 - share) x (its
change - the change of all other traffic)^2, the between-group variance of the split. So a small slice that
fell hard comes before a large one that only contains it. Where the rest fell at least half as much as that
slice, it explains too little, and the aggregate leads if it alarmed. Everything else that alarmed is kept
as evidence of the same alert.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from behavior_pipeline.alerts.week_tables import Inputs
from behavior_pipeline.values import Record
from behavior_pipeline.words import ALL

SAME_DAY_OR_NEXT = 1


@dataclass(frozen=True)
class Incident:
    """Falls of one dimension that came together: the finding that leads, and the others."""

    lead: Record
    folded: tuple[Record, ...] = ()


def fold(inputs: Inputs, falls: Sequence[Record]) -> Incident:
    """Return the falls of one dimension as one incident. `falls` are findings, at least one."""
    ordered = sorted(falls, key=lambda row: (row["slice_key"], row["slice_value"], row["series_id"]))
    slices = [row for row in ordered if row["slice_key"] != ALL]
    aggregates = [row for row in ordered if row["slice_key"] == ALL]
    if not slices:
        return _led_by(aggregates[0], ordered)
    lead = max(slices, key=lambda row: separation(inputs, row))
    rest = change_of_rest(inputs, lead)
    if aggregates and rest is not None and rest <= lead["effect"] / 2:
        lead = aggregates[0]
    return _led_by(lead, ordered)


def separation(inputs: Inputs, fall: Record) -> float:
    """Return how well a slice separates the change; without the aggregate's change, its own part of it."""
    share = inputs.traffic_share(fall["dimension"], fall["slice_key"], fall["slice_value"]) or 0.0
    rest = change_of_rest(inputs, fall)
    contrast = fall["effect"] if rest is None else fall["effect"] - rest
    return float(share * (1 - share) * contrast**2)


def change_of_rest(inputs: Inputs, fall: Record) -> float | None:
    """Return by how much all traffic outside the slice changed; None when that is not known."""
    share = inputs.traffic_share(fall["dimension"], fall["slice_key"], fall["slice_value"])
    rows = inputs.findings
    whole = rows[
        (rows["dimension"] == fall["dimension"]) & (rows["slice_key"] == ALL) & (rows["kind"] == "score")
        & (rows["judge"] == fall["judge"]) & (rows["rubric"] == fall["rubric"]) & rows["effect"].notna()
    ]  # fmt: skip
    if share is None or share >= 1 or whole.empty:
        return None
    return float((whole["effect"].iloc[0] - share * fall["effect"]) / (1 - share))


def absorb(
    falls: Sequence[Record], alerts: Sequence[Record], members: Sequence[set[tuple[str, str]]]
) -> tuple[list[list[Record]], list[Record]]:
    """Split falls into those of each open alert and those of none.

    A fall belongs to an alert of its dimension when its slice already stands in it, or when it began within
    a day of the alert's onset: an incident that reaches further slices is still the same one.
    """
    taken: list[list[Record]] = [[] for _ in alerts]
    left = []
    for fall in falls:
        same = [index for index, alert in enumerate(alerts) if alert["dimension"] == fall["dimension"]]
        known = [index for index in same if (fall["slice_key"], fall["slice_value"]) in members[index]]
        began = [index for index in same if _began_together(fall, alerts[index])]
        owner = next(iter([*known, *began]), None)
        if owner is None:
            left.append(fall)
        else:
            taken[owner].append(fall)
    return taken, left


def _began_together(fall: Record, alert: Record) -> bool:
    if fall["onset"] is None or alert["onset"] is None:
        return False
    apart: int = (fall["onset"] - alert["onset"]).days
    return abs(apart) <= SAME_DAY_OR_NEXT


def _led_by(lead: Record, falls: Sequence[Record]) -> Incident:
    return Incident(lead, tuple(row for row in falls if row is not lead))
