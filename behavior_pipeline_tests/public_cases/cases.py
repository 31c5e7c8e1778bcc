"""Small inputs made after public reports, and the traces that the pipeline makes of them.

`files/cases.csv` says what each shows and which values are right. Prices are those that its expectations
assume, in USD per million tokens.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from behavior_pipeline.settings.model import Price
from behavior_pipeline.tables.traces import SPANS, TRACES
from behavior_pipeline_tests.dumps.sample_dumps import records
from behavior_pipeline_tests.spans.world import RULES, parse, traces_of

FILES = Path(__file__).parent / "files"
DAY = date(2026, 7, 13)
PRICES = {
    "gpt-4o": Price(input=2.5, cached=1.25, output=10),
    "gpt-4o-mini": Price(input=0.15, cached=0.075, output=0.6),
    "gpt-4.1": Price(input=2, cached=0.5, output=8),
    "claude-sonnet-4": Price(input=3, cached=0.3, output=15),
    "gemini-2.5-flash": Price(input=0.3, cached=0.03, output=2.5),
}
Row = dict[str, Any]


def case(name: str) -> Path:
    """Return the file of a case by the beginning of its name."""
    return next(iter(sorted(FILES.glob(f"{name}_*"))))


def spans_of(*paths: Path) -> list[Row]:
    """Return the rows of content.spans that a day of these files has."""
    return records(SPANS.validate(parse(list(paths), DAY).spans))


def traces_in(*paths: Path, **rules: Any) -> list[Row]:
    """Return the traces of a day of these files, in the order of their ids; `rules` are those of building."""
    spans = SPANS.validate(parse(list(paths), DAY).spans)
    built = traces_of([(DAY, spans)], DAY, rules=replace(RULES, **{"prices": PRICES, **rules}))
    return records(TRACES.validate(built))


def trace_in(*paths: Path, **rules: Any) -> Row:
    """Return the one trace of a day of these files."""
    (row,) = traces_in(*paths, **rules)
    return row
