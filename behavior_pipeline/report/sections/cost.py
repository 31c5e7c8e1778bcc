"""What model calls cost: by week, by feature and model, and by the users who cost most."""

from typing import Any

import pandas as pd

from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import more, section, table
from behavior_pipeline.report.words import DASH, SHORT_KEY, count, money, name, percent, short_day

LEAD = "Known cost of production traces; what has no price or no token counts is a share, never zero."
WIDTH, HEIGHT, FOOT = 420, 110, 18
BAR = 110
MOST_DATES = 6
MOST_UNKNOWN, MOST_ROWS = 5, 100  # the dearest stand first


def cost(data: Data) -> Markup:
    """Return the week's cost with its breakdowns, and the weeks before it."""
    rows = data.cost
    if rows.empty:
        return section(
            "cost", "Cost", LEAD, element("p", "No model call was seen this week.", class_="quiet")
        )
    whole = rows[rows["group_key"] == "all"]
    features = _breakdown(rows[rows["group_key"] == "feature"], "Feature", "Cost by feature and model")
    users = _breakdown(rows[rows["group_key"] == "user_key"], "User (pseudonym)", "Cost by user and model")
    return section(
        "cost", "Cost", LEAD, _total(whole), _weeks(data), features, more("The users who cost most", users)
    )


def _total(whole: pd.DataFrame) -> Markup:
    known, traces, calls = whole["cost_usd"].sum(min_count=1), whole["traces"].sum(), whole["calls"].sum()
    unknown = whole[whole["share_unknown"] > 0]
    least = "at least " if len(unknown) else ""
    parts: list[Child] = [
        element("strong", f"{least}{money(known)}"),
        f" for {count(calls)} calls in {count(traces)} traces.",
    ]
    parts += [
        [f" {percent(row['share_unknown'])} of the traces with ", name(row["model"]), " have no known cost."]
        for row in unknown.head(MOST_UNKNOWN).to_dict("records")
    ]
    if len(unknown) > MOST_UNKNOWN:
        parts.append(f" So have some of {len(unknown) - MOST_UNKNOWN} other models.")
    return element("p", parts)


def _weeks(data: Data) -> Markup | None:
    rows = data.cost_weeks[data.cost_weeks["cost_usd"].notna()]
    if len(rows) < 2 or rows["cost_usd"].max() <= 0:  # noqa: PLR2004 - one bar is no history
        return None
    most = float(rows["cost_usd"].max())
    bars = [_column(row, index, most=most, of=len(rows)) for index, row in enumerate(rows.to_dict("records"))]
    first, last_row = rows.iloc[0], rows.iloc[-1]
    label = (
        f"known cost by week: {money(first['cost_usd'])} in the week of {first['week']:%Y-%m-%d},"
        f" {money(last_row['cost_usd'])} in the week of {last_row['week']:%Y-%m-%d}, at most {money(most)}"
    )
    drawn = element(
        "svg",
        element("title", label),
        bars,
        class_="plot card",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=label,
    )
    return element(
        "figure", drawn, element("figcaption", f"Known cost by week, at most {money(most)}"), class_="costs"
    )


def _column(row: dict[Any, Any], index: int, *, most: float, of: int) -> list[Markup]:
    step, height = WIDTH / of, float(row["cost_usd"]) / most * (HEIGHT - FOOT - 4)
    label = f"week of {row['week']:%Y-%m-%d}: {money(row['cost_usd'])}"
    box = {"x": index * step + 1, "y": HEIGHT - FOOT - height, "width": max(step - 2, 1.0), "height": height}
    kind = "column now" if index == of - 1 else "column"
    shapes = [element("rect", element("title", label), class_=kind, **box)]
    if index % max(-(-of // MOST_DATES), 1) == 0:
        shapes.append(element("text", short_day(row["week"]), class_="tick", x=box["x"], y=HEIGHT - 4))
    return shapes


def _breakdown(rows: pd.DataFrame, title: str, caption: str) -> Markup:
    most = rows["cost_usd"].max()
    user = title != "Feature"
    shown = [_row(row, most, user=user) for row in rows.head(MOST_ROWS).to_dict("records")]
    head = (title, "Model", "Cost", "", "Calls", "Traces", "Cost unknown")
    return table(caption, head, shown, numbers=(2, 4, 5, 6))


def _row(row: dict[Any, Any], most: Any, *, user: bool) -> list[Child]:
    value = str(row["group_value"])
    label = name(value[:SHORT_KEY] if user and value not in ("other", "unknown") else value)
    unknown = percent(row["share_unknown"]) if row["share_unknown"] > 0 else DASH
    return [
        label, name(row["model"]), money(row["cost_usd"]), _bar(row["cost_usd"], most), count(row["calls"]),
        count(row["traces"]), unknown,
    ]  # fmt: skip


def _bar(value: Any, most: Any) -> Markup | None:
    if pd.isna(value) or pd.isna(most) or most <= 0:
        return None
    width = max(float(value) / float(most) * BAR, 1.0)
    rect = element("rect", class_="column", x=0, y=2, width=width, height=8)
    return element("svg", rect, class_="bar", viewBox=f"0 0 {BAR} 12", aria_hidden="true")
