"""What could be seen: where the week's records went, which fields traces hold, and what is in quarantine."""

import pandas as pd

from behavior_pipeline.report.data import Data
from behavior_pipeline.report.markup import Child, Markup, element
from behavior_pipeline.report.tables import section, table
from behavior_pipeline.report.words import DASH, count, day, name, percent
from behavior_pipeline.values import spoken

LEAD = "What is not seen cannot be measured: every record of a dump is stored or accounted for."
FIELDS = {
    "spans_on_time": "spans that came on the day on which their trace began",
    "spans_by_parent": "parent spans that other spans name",
    "turns": "turns that conversations repeat",
    "model_calls": "a model call",
    "texts": "captured content",
    "input_text": "input text",
    "output_text": "output text",
    "documents": "retrieved documents",
    "tool_calls": "tool calls",
    "input_tokens": "token counts",
    "cost_usd": "cost",
    "duration_ms": "duration",
}
PARTS = {
    "stored": "stored",
    "duplicated": "exact duplicates dropped",
    "not_consented": "not consented",
    "logs": "log records",
    "quarantined": "quarantined",
}


def coverage(data: Data) -> Markup:
    """Return the week's account of records, its fields against the weeks before, and the quarantine."""
    parts = (_account(data), _fields(data), _dialects(data), _quality(data), _quarantine(data))
    return section("coverage", "Coverage", LEAD, *parts)


def _account(data: Data) -> Markup:
    row = data.ingested.to_dict("records")[0]
    if not row["files"]:
        return element("p", "No dump file was read this week.", class_="quiet")
    parts = [f"{count(row[key])} {words}" for key, words in PARTS.items() if row[key]]
    late = data.coverage[
        (data.coverage["field"] == "records") & (data.coverage["week"].dt.date == data.week)
    ]["late"].sum()
    tail = f" {count(late)} spans came after their trace was built." if late else ""
    trimmed = data.traces["trimmed"].iloc[0] if "trimmed" in data.traces else 0
    tail += f" {count(trimmed)} traces count with the largest weight that one may have." if trimmed else ""
    files = "1 file" if row["files"] == 1 else f"{count(row['files'])} files"
    total = f"{count(row['present'])} records in {files}"
    return element("p", element("strong", total), f" = {' + '.join(parts)}.{tail}")


def _fields(data: Data) -> Markup | None:
    rows = data.coverage
    shown: list[list[Child]] = []
    for field, words in FIELDS.items():
        weeks = rows[rows["field"] == field]
        now = weeks[weeks["week"].dt.date == data.week]
        before = weeks[weeks["week"].dt.date < data.week].tail(8)
        if now.empty:
            continue
        expected = now["expected"].sum()
        orphans = now["orphaned"].sum() + now["text_free"].sum()
        shown.append(
            [
                words,
                count(now["seen"].sum()),
                count(expected),
                _share(now),
                _share(before),
                count(orphans) if orphans else "",
            ]
        )
    head = (
        "Of each trace or span",
        "Seen",
        "Expected",
        "This week",
        "8 weeks before",
        "Without root or text",
    )
    return (
        table("What was seen of what was expected", head, shown, numbers=(1, 2, 3, 4, 5)) if shown else None
    )


def _dialects(data: Data) -> Markup | None:
    """Return what each dialect shows, where there are several: which library leaves out what."""
    seen = data.dialects
    names = sorted(set(seen["dialect"]))
    if len(names) < 2:  # noqa: PLR2004 - one dialect is the table above
        return None
    shown: list[list[Child]] = [
        [words, *(_share(seen[(seen["field"] == field) & (seen["dialect"] == name)]) for name in names)]
        for field, words in FIELDS.items()
        if field in set(seen["field"])
    ]
    head = ("Of each trace or span", *names)
    return table("What was seen this week, by dialect", head, shown, numbers=range(1, len(head)))


def _share(rows: pd.DataFrame) -> str:
    expected = rows["expected"].sum()
    return percent(rows["seen"].sum() / expected) if expected else DASH


def _quality(data: Data) -> Markup | None:
    """Return what the quality suite found, with the way to its pages."""
    rows = data.quality
    if rows.empty:
        return None
    failed = [str(name) for name in rows.loc[~rows["passed"].astype(bool), "name"]]
    total = f"Data quality: {count(len(rows) - len(failed))} of {count(len(rows))} expectations hold."
    tail = f" Failed: {'; '.join(failed)}." if failed else ""
    pages = element("a", "All expectations", href=data.quality_pages) if data.quality_pages else None
    return element("p", element("strong", total), tail, [" ", pages] if pages else None)


def _quarantine(data: Data) -> Markup:
    rows = data.quarantine
    if rows.empty:
        return element("p", "The quarantine is empty.")
    shown = [
        [
            spoken(row["reason"]),
            count(row["this_week"]),
            count(row["records"]),
            count(row["files"]),
            day(row["last_day"]),
        ]
        for row in rows.to_dict("records")
    ]
    head = ("Quarantined because", "This week", "All weeks", "Files", "Last on")
    return table("Records that could not be read", [name(title) for title in head], shown, numbers=(1, 2, 3))
