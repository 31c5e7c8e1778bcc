"""Measures how long the import of a label file takes, as CSV, Label Studio JSON and JSON-MIN.

    python benchmarks/labels.py [--rows 100000] [--bad 0.01] [--stored 0] [--kind csv]

Rows are of five annotators and three dimensions; a share of them is bad in ways that rotate. Each import goes
into a data root of its own, which holds `--stored` other labels already; known traces come from memory, not
from a lake. Seconds are those of the processor, those of the wall in brackets. Peak memory is of the process.
"""

import argparse
import csv
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import orjson

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.datafiles.label_store import stored_labels
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.settings.model import Labels

SPECS = load_dimensions({})
DIMENSIONS = ("tone", "faithfulness", "refusal_correctness")
BAD = ({"label": "no such label"}, {"labelled_at": "soon"}, {"dimension": "kindness"}, {"annotator": ""})
START = date(2026, 1, 5)
Row = dict[str, str]


def rows(count: int, bad: float, *, first: int = 0) -> Iterator[Row]:
    """Yield label rows; every 1 / bad of them is bad."""
    every = round(1 / bad) if bad else 0
    for number in range(first, first + count):
        dimension = DIMENSIONS[number % 3]
        labels = list(SPECS[dimension].scale.labels)
        row = {
            "trace_id": f"{number // 5:032x}", "dimension": dimension, "annotator": f"person-{number % 5}",
            "label": labels[number % 7 % len(labels)], "text": f"because of {number}, \"and so on\"",
            "labelled_at": str(START + timedelta(days=number % 200)), "role": "fresh",
        }  # fmt: skip
        yield row | (BAD[number // every % len(BAD)] if every and number % every == 0 else {})


def write_csv(path: Path, given: list[Row]) -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(given[0]))
        writer.writeheader()
        writer.writerows(given)


def write_tasks(path: Path, given: list[Row]) -> None:
    """Write rows as Label Studio's JSON, an annotation a task."""
    path.write_bytes(
        orjson.dumps([
            {
                "id": number, "data": {"trace_id": row["trace_id"]}, "predictions": [],
                "annotations": [{
                    "id": number, "completed_by": {"email": row["annotator"]}, "was_cancelled": False,
                    "updated_at": f"{row['labelled_at']}T10:00:00Z", "ground_truth": False,
                    "result": [
                        {"from_name": row["dimension"], "to_name": "output_text", "type": "choices",
                         "value": {"choices": [row["label"]]}},
                        {"from_name": f"{row['dimension']}_rationale", "to_name": "output_text",
                         "type": "textarea", "value": {"text": [row["text"]]}},
                    ],
                }],
            }
            for number, row in enumerate(given, 1)
        ])
    )  # fmt: skip


def write_flat(path: Path, given: list[Row]) -> None:
    """Write rows as JSON-MIN."""
    path.write_bytes(
        orjson.dumps([
            {
                "id": number, "trace_id": row["trace_id"], row["dimension"]: row["label"],
                "annotator": row["annotator"], "annotation_id": number, "lead_time": 3.5,
                "created_at": None, "updated_at": f"{row['labelled_at']}T10:00:00Z",
            }
            for number, row in enumerate(given, 1)
        ])
    )  # fmt: skip


WRITERS: dict[str, Callable[[Path, list[Row]], None]] = {
    "csv": write_csv, "label-studio": write_tasks, "label-studio-min": write_flat,
}  # fmt: skip


def main() -> None:
    """Write the files, import each, print seconds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--bad", type=float, default=0.01)
    parser.add_argument("--stored", type=int, default=0)
    parser.add_argument("--kind", choices=list(WRITERS), nargs="*", default=list(WRITERS))
    given = parser.parse_args()
    made, known = list(rows(given.rows, given.bad)), {f"{number:032x}" for number in range(given.rows)}
    for kind in given.kind:
        with tempfile.TemporaryDirectory() as scratch:
            root = Path(scratch)
            if given.stored:
                write_csv(root / "before.csv", list(rows(given.stored, 0, first=given.rows * 5)))
                import_labels(root / "before.csv", root, rules=Labels(), specs=SPECS, known_traces=known)
            path = root / f"labels.{kind}"
            WRITERS[kind](path, made)
            began, busy = time.perf_counter(), time.process_time()
            done = import_labels(
                path, root, rules=Labels(), specs=SPECS, known_traces=known, today=date(2030, 1, 1)
            )
            took, busy = time.perf_counter() - began, time.process_time() - busy
            again = time.process_time()
            stored = len(stored_labels(root))
            print(
                f"{kind}: {given.rows} records ({path.stat().st_size / 1e6:.0f} MB)"
                f" in {busy:.1f} s ({took:.1f}), {done.kept} kept, {len(done.problems)} kept out;"
                f" {stored} stored labels read in {time.process_time() - again:.1f} s"
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
