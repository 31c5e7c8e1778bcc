"""Reads the dump files of a day into spans and quarantine; every record is stored or accounted for."""

import multiprocessing
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from datetime import date
from itertools import repeat
from pathlib import Path

from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.spans.day.merge_files import ParsedDay, merge_files
from behavior_pipeline.spans.day.read_file import Reading, begin_reader, read_file

# Starting a process costs about a second: as much as reading this many bytes of dumps.
WORTH_A_PROCESS = 16 << 20


def parse_day(
    files: Sequence[DumpFile],
    day: date,
    reading: Reading,
    *,
    spill: Path | None = None,
    readers: Executor | None = None,
) -> ParsedDay:
    """Return what the files of a day hold; `readers` may read several files at a time.

    Rows lie in a folder below `spill` (by default the system's for temporary files) that goes when the last
    of them is let go. Of conflicting duplicates the one is kept whose file comes first in the given order.
    """
    lease = tempfile.TemporaryDirectory(prefix="spans-", dir=spill)
    folder = Path(lease.name)
    several = readers is not None and len(files) > 1 and sum(file.bytes for file in files) >= WORTH_A_PROCESS
    each = readers.map if several and readers is not None else map
    parts = list(each(read_file, files, range(len(files)), repeat(day), repeat(reading), repeat(folder)))
    return merge_files(parts, day, reading, folder).leased(lease)


@contextmanager
def file_readers() -> Iterator[Executor]:
    """Lend processes, one a core, that start when the first file is handed to them.

    They are spawned, since a fork of a process with DuckDB's threads may hang.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context, begin_reader) as pool:
        yield pool
