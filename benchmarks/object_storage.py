"""Runs days of the replay pack with dumps and lake in a bucket, and again on disk, and compares all tables.

    python benchmarks/object_storage.py [--pack ../shared/replay] [--days 7] [--busy 10]

The bucket is on an S3-compatible server of this machine that answers 503 to one request in `--busy`
(0: to none). Prints rows and equality by table, seconds, and requests by kind. Left out of the comparison
are `analysis_runs` and when and how fast a judge first answered, since each data root has its own cache.
Ends with status 1 if any table differs.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from daily import apart
from replay import show, use
from rich.console import Console

from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.cli.jobs.running import Chunk, run_chunk
from behavior_pipeline.steps.pipeline import forget, open_lake

sys.path.insert(0, str(CHECKOUT))  # the server is the tests' own, and tests are not installed
from behavior_pipeline_tests.object_store import (
    BUCKET,
    ObjectStore,
    client,
    every,
    object_store,
    well,
)

MONDAY = date(2026, 8, 3)
DAILY = "daily_pipeline"
FIRST_PAID = ["scored_at", "latency_ms"]
ROLES = {"dumps": "production", "calibration": "calibration"}


def main() -> None:
    """Run twice and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, default=CHECKOUT.parent / "shared" / "replay")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--busy", type=int, default=10)
    given = parser.parse_args()
    console = Console(highlight=False, width=120)
    with tempfile.TemporaryDirectory(prefix="bp-") as folder, object_store() as store:
        size = upload(store, given.pack, given.days)
        store.rule = every(given.busy) if given.busy else well
        root = Path(folder)
        there, seconds = apart(run_days, root / "bucket", given.pack, given.days, in_bucket(store))
        here, on_disk = apart(run_days, root / "disk", given.pack, given.days, {})
        print(f"{given.days} days, {size / 1e6:.1f} MB of dumps; load {os.getloadavg()[0]:.1f}")
        print(f"in the bucket {seconds:.0f} s, on disk {on_disk:.0f} s")
        show(console, "Requests", requests(store))
        table = compared(there, here)
        show(console, "Tables", table)
    if not table["equal"].all():
        sys.exit(1)


def upload(store: ObjectStore, pack: Path, days: int) -> int:
    """Put the dumps of the days and the calibration traces into the bucket, and return their size."""
    wanted = [f"{MONDAY + timedelta(days=number)}" for number in range(days)]
    files = [path for path in sorted((pack / "dumps").iterdir()) if path.name[:10] in wanted]
    files += sorted((pack / "calibration").iterdir())
    for path in files:
        client(store).upload_file(str(path), BUCKET, path.relative_to(pack).as_posix())
    store.forget()
    return sum(path.stat().st_size for path in files)


def in_bucket(store: ObjectStore) -> dict[str, str]:
    """Return the variables that move dumps and lake into the bucket."""
    sources = [{"name": name, "root": f"s3://{BUCKET}/{name}", "role": role} for name, role in ROLES.items()]
    return store.environment | {
        "BEHAVIOR_PIPELINE_SOURCES": json.dumps(sources),
        "BEHAVIOR_PIPELINE_LAKE_PATH": f"s3://{BUCKET}/lake",
    }


def run_days(
    root: Path, pack: Path, days: int, variables: Mapping[str, str]
) -> tuple[dict[str, pd.DataFrame], float]:
    """Run every daily asset over the days, and return all tables and how long it took."""
    use(root, pack)
    os.environ |= {**variables, "BEHAVIOR_PIPELINE_PSEUDONYM_KEY": "the same for both"}
    began = time.perf_counter()
    run_chunk(Chunk(DAILY, MONDAY, MONDAY + timedelta(days=days - 1)))
    seconds = time.perf_counter() - began
    lake = open_lake()
    rows = {name: lake.read(name) for name in sorted(set(lake.tables) - {"analysis_runs"})}
    forget()
    return rows, seconds


def requests(store: ObjectStore) -> pd.DataFrame:
    """Return how many requests there were of each kind, and how many of them were refused."""
    asked = Counter(request.kind for request in store.record)
    refused = Counter(request.kind for request in store.record if request.status == 503)
    rows = [{"kind": kind, "requests": count, "503": refused[kind]} for kind, count in sorted(asked.items())]
    return pd.DataFrame([*rows, {"kind": "all", "requests": asked.total(), "503": refused.total()}])


def compared(there: Mapping[str, pd.DataFrame], here: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of each table in the bucket and on disk, and whether all of them are equal."""
    rows = []
    for name in sorted({*there, *here}):
        one, other = (frames[name].drop(columns=FIRST_PAID, errors="ignore") for frames in (there, here))
        rows.append({"table": name, "bucket": len(one), "disk": len(other), "equal": one.equals(other)})
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
