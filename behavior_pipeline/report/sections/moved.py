"""The first answer: what moved, since when, because of what, and who owns it."""

from datetime import timedelta

import pandas as pd

from behavior_pipeline.alerts.alert import Alert, JudgeEvidence, alerts_of
from behavior_pipeline.report.alert_facts import answers, versions
from behavior_pipeline.report.data import RECENT_WEEKS, Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.plots.levels import CARD, in_words, plot
from behavior_pipeline.report.plots.marks import alert_marks
from behavior_pipeline.report.tables import section
from behavior_pipeline.report.words import slice_text, title_of
from behavior_pipeline.words import CLOSED_STATES, STANDING_STATES, FindingKind

CHIPS = {
    "opened": "open, new",
    "updated": "open",
    "acknowledged": "open, acknowledged",
    "suppressed": "held back",
}
GROUPS = {"suppressed": "held", "recovered": "closed", "resolved": "closed"}


def moved(data: Data) -> Markup:
    """Return the alerts: open ones first, then those held back, then those that closed lately."""
    shown = recent(data)
    cards = [_card(data, alert) for alert in alerts_of(shown)]
    quiet = None if len(shown) else element("p", "Nothing moved that may speak.", class_="quiet")
    lead = f"{headline(shown)} {_gates(data)}"
    return section("moved", "What moved", lead, quiet, cards, element("p", _looked_at(data), class_="note"))


def recent(data: Data) -> pd.DataFrame:
    """Return the alerts that the page shows, in its order."""
    rows = data.alerts
    since = pd.Timestamp(data.week) - timedelta(weeks=RECENT_WEEKS - 1)
    kept = rows[~rows["state"].isin(CLOSED_STATES) | (rows["week"] >= since)]
    rank = kept["state"].map(
        lambda state: 0 if state in STANDING_STATES else 1 if state == "suppressed" else 2
    )
    ordered = kept.assign(rank=rank).sort_values(
        ["rank", "opened", "dimension"], ascending=[True, False, True]
    )
    return ordered.drop(columns="rank")


def headline(shown: pd.DataFrame) -> str:
    """Return how many alerts are open, held back and closed, as a sentence."""
    states = shown["state"]
    n_open, n_held = int(states.isin(STANDING_STATES).sum()), int((states == "suppressed").sum())
    n_closed = int(states.isin(CLOSED_STATES).sum())
    opened = (
        "No alert is open"
        if n_open == 0
        else "1 alert is open"
        if n_open == 1
        else f"{n_open} alerts are open"
    )
    held_back = f", {n_held} held back" if n_held else ""
    return f"{opened}{held_back}; {n_closed or 'none'} closed in the last {RECENT_WEEKS} weeks."


def _gates(data: Data) -> str:
    """Return which dimensions may not speak."""
    rows = data.scorecard
    shut = [title_of(one) for one in rows.loc[rows["gate_state"].isin(["blocked", "suspended"]), "dimension"]]
    unknown = [title_of(one) for one in rows.loc[rows["gate_state"] == "unmeasured", "dimension"]]
    parts = [f"shut for {', '.join(shut)}"] * bool(shut) + [f"unmeasured for {', '.join(unknown)}"] * bool(
        unknown
    )
    return f"The judge's gate is {' and '.join(parts)}." if parts else "Every gate is open or exempt."


def _card(data: Data, alert: Alert) -> Markup:
    state = alert.state
    chip = element("span", CHIPS.get(state, state), class_=f"chip state-{GROUPS.get(state, 'open')}")
    kicker = element(
        "p", chip, element("span", title_of(alert.dimension), " · ", _subject(alert)), class_="kicker"
    )
    body = element("div", element("h3", alert.sentence), answers(alert), versions(alert), class_="words")
    picture = element("div", _picture(data, alert), _caption(alert), class_="seen")
    return element("article", kicker, body, picture, class_=f"alert {GROUPS.get(state, 'open')}")


def _on_judge(alert: Alert) -> bool:
    return alert.kind == FindingKind.CALIBRATION


def _subject(alert: Alert) -> Child:
    return "agreement with people" if _on_judge(alert) else element("bdi", slice_text(*alert.cell))


def _picture(data: Data, alert: Alert) -> Markup | None:
    marks = alert_marks([alert])
    span = (data.first, data.last_day)
    if _on_judge(alert):
        rows = data.of("agreement", alert.dimension).rename(columns={"point": "mean"})
        label = in_words(rows, f"agreement of {title_of(alert.dimension)} with people")
    else:
        rows = data.of("weekly", alert.dimension)
        rows = rows[(rows["slice_key"] == alert.slice_key) & (rows["slice_value"] == alert.slice_value)]
        label = in_words(rows, f"{title_of(alert.dimension)}, {slice_text(*alert.cell)}")
    if rows["mean"].notna().sum() == 0:
        return None
    tested = data.of("tested", alert.dimension)
    of_series = (tested["slice_key"] == alert.slice_key) & (tested["slice_value"] == alert.slice_value)
    return plot(
        rows, marks, span=span, size=CARD, label=label, baseline=_drawn_baseline(alert),
        tested=None if _on_judge(alert) else tested[of_series],
    )  # fmt: skip


def _drawn_baseline(alert: Alert) -> float | None:
    """Return the level before, where it is one of the scores that are drawn."""
    evidence = alert.evidence
    drawn = isinstance(evidence, JudgeEvidence) or evidence.unit == "score"
    return evidence.baseline if drawn else None


def _caption(alert: Alert) -> Markup:
    command = element("code", f"behavior-pipeline alerts show {alert.alert_id}")
    return element(
        "p", "Weekly level with its interval; the dashed line is the level before. ", command, class_="note"
    )


def _looked_at(data: Data) -> str:
    rows = data.findings
    if rows.empty:
        return "No series was tested this week."
    reasons = rows.groupby("reason", sort=False)["series"].sum().sort_values(ascending=False, kind="stable")
    listed = "; ".join(f"{count} {str(reason).replace('_', ' ')}" for reason, count in reasons.items())
    total = int(rows["series"].sum())
    return f"Tested in the week of {data.week.isoformat()}: {total} series. {listed}."
