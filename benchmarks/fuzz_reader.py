"""Reads damaged dumps for a while and reports what a reader must never do with them.

    python benchmarks/fuzz_reader.py [--seconds 600] [--each] [--seed 1] [--keep DIR] [--memory-mb 1500]

With `--each`, every container is read for so long by itself, with the samples that it recognises.

Real and malformed samples in every container and compression are damaged (bits, cuts, splices, repeats, huge
numbers, deep nesting, broken UTF-8) and read. Found is: an exception, an input that takes longer than ten
seconds or more memory than allowed, an account of records that does not add up, and a good row that is lost
because its neighbour was damaged. Each finding's input is kept. Ends with 1 if there was any.
"""

import argparse
import multiprocessing
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from behavior_pipeline.dumps.container import framing_of, read_records
from behavior_pipeline.dumps.records import RawSpan, Record
from behavior_pipeline.settings.model import Attributes
from behavior_pipeline.spans.row import SpanContext, span_row
from behavior_pipeline_tests.dumps.mutations import Segments, mutate, samples, segmented
from behavior_pipeline_tests.dumps.products import PRODUCTS
from behavior_pipeline_tests.spans.world import parse

LIMIT = 1 << 26
MOST_BYTES = 1 << 19  # of an export that is damaged again and again
SECONDS_AN_INPUT = 10
TERMS = ["stored", "duplicated", "not_consented", "logs_attached", "logs_unmatched", "quarantined"]
CONTEXT = SpanContext(date(2026, 3, 2), "production", Attributes(), b"key")
PARSED_EVERY = 20  # parsing a day costs more than reading a file


class TooSlowError(Exception):
    """An input took too long."""


def main() -> int:
    """Fuzz in a process of its own, whose memory is bounded."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz_reader")
    parser.add_argument("--memory-mb", type=int, default=1500)
    given = parser.parse_args()
    given.keep.mkdir(parents=True, exist_ok=True)
    worker = multiprocessing.get_context("spawn").Process(target=fuzz, args=(given,))
    worker.start()
    worker.join()
    return worker.exitcode or 0


def fuzz(given: argparse.Namespace) -> None:
    """Damage and read until the time is over, and print what was found."""
    parts, whole = segmented(), samples() | exports()
    resource.setrlimit(resource.RLIMIT_DATA, (given.memory_mb << 20,) * 2)
    signal.signal(signal.SIGALRM, _too_slow)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump"
        groups = by_container(path, parts, whole) if given.each else {"all": (parts, whole)}
        findings = [fuzz_group(given, path, name, *group) for name, group in groups.items()]
    sys.exit(any(findings))


def exports() -> dict[str, bytes]:
    """Return the exports of products by name, as far as they are small."""
    files = (path for path in sorted(PRODUCTS.rglob("*")) if path.is_file() and path.suffix != ".csv")
    return {path.name: path.read_bytes() for path in files if path.stat().st_size < MOST_BYTES}


def by_container(
    path: Path, parts: list[Segments], whole: dict[str, bytes]
) -> dict[str, tuple[list[Segments], dict[str, bytes]]]:
    """Return the samples that each container recognises."""
    groups: dict[str, tuple[list[Segments], dict[str, bytes]]] = {}
    for sample in [*parts, *whole]:
        path.write_bytes(whole[sample] if isinstance(sample, str) else b"".join(sample.parts))
        if (framed := framing_of(path)) is None:
            continue
        segments, samples_read = groups.setdefault(framed.container, ([], {}))
        if isinstance(sample, str):
            samples_read[sample] = whole[sample]
        else:
            segments.append(sample)
    return groups


def fuzz_group(
    given: argparse.Namespace, path: Path, group: str, parts: list[Segments], whole: dict[str, bytes]
) -> bool:
    """Damage and read some samples until the time is over; return whether anything was found."""
    random = Random(given.seed)  # noqa: S311 - a run can be repeated
    runs, problems = Counter[str](), Counter[str]()
    good = {dump.name: [_spans(path, part) for part in dump.parts] for dump in parts}
    began, slowest = time.monotonic(), 0.0
    while time.monotonic() - began < given.seconds:
        started = time.monotonic()
        dump = random.choice(parts) if parts and (not whole or random.random() < 0.5) else None
        problem, raw, name = _one(
            path, random, dump, whole, good=good, parsed=not sum(runs.values()) % PARSED_EVERY
        )
        runs[name.rpartition(".")[2] if dump is None else dump.name] += 1
        slowest = max(slowest, time.monotonic() - started)
        if problem:
            problems[problem] += 1
            kept = given.keep / f"{sum(problems.values()):04}_{name}"
            kept.write_bytes(raw)
            print(f"{problem}: {kept}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = f"{time.monotonic() - began:.0f} s, seed {given.seed}, the slowest {slowest:.1f} s"
    print(f"{group}: {sum(runs.values())} inputs in {took}, peak memory {peak:.0f} MB,"
          f" findings: {dict(problems) or 'none'}", flush=True)  # fmt: skip
    return bool(problems)


def _one(
    path: Path, random: Random, dump: Segments | None, whole: dict[str, bytes], *,
    good: dict[str, list[Counter[str]]], parsed: bool,
) -> tuple[str | None, bytes, str]:  # fmt: skip
    """Return what one damaged input did wrong, or None, with its bytes and name."""
    if dump is None:
        name = random.choice(sorted(whole))
        number, raw = None, mutate(whole[name], random, list(whole.values()))
    else:
        name, number = dump.name, random.randrange(len(dump.parts))
        raw = dump.damaged(number, random)
    signal.alarm(SECONDS_AN_INPUT)
    try:
        spans = _spans(path, raw)
        expected = [one for at, one in enumerate(good.get(name, [])) if at != number]
        if dump is not None and any(one - spans for one in expected):
            return "a good row is lost", raw, name
        if parsed:
            account = parse([path]).ingested
            if not (account["present"] == account[TERMS].sum(axis=1)).all():
                return "the account of records does not add up", raw, name
    except Exception as error:
        return f"{type(error).__name__} {str(error)[:60]!r}", raw, name
    finally:
        signal.alarm(0)
    return None, raw, name


def _spans(path: Path, raw: bytes) -> Counter[str]:
    """Return the readable spans of a dump, each with all that is stored of it."""
    path.write_bytes(raw)
    spans: Counter[str] = Counter()
    for record in read_records(path, LIMIT):
        if isinstance(record, RawSpan):
            spans[_stored(record)] += 1
    return spans


def _stored(record: Record) -> str:
    row = span_row(record, CONTEXT, file="") if isinstance(record, RawSpan) else {}
    return repr(
        sorted((name, value) for name, value in row.items() if name != "line")
        if isinstance(row, dict)
        else row
    )


def _too_slow(number: int, frame: object) -> None:
    raise TooSlowError(f"more than {SECONDS_AN_INPUT} s")


if __name__ == "__main__":
    sys.exit(main())
