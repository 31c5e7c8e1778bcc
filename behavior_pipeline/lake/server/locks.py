"""Advisory locks of PostgreSQL: one writer a table, over all processes and machines."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from behavior_pipeline.lake.server.server import Server


@contextmanager
def advisory_locks(server: Server, names: Iterable[str]) -> Iterator[None]:
    """Hold the locks of some names, taken in sorted order so that two writers never wait for each other.

    They are held by a session of their own and end with it, also when this process is killed: a lock taken
    through DuckDB's ATTACH does not exclude, because its connections come from a pool.
    """
    holder = server.connect()
    holder.autocommit = True
    try:
        with holder.cursor() as cursor:
            for name in sorted(set(names)):
                cursor.execute(
                    "SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"behavior_pipeline.{name}"]
                )
        yield
    finally:
        holder.close()
