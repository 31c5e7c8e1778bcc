"""Upkeep of the lake: old snapshots expire, small files merge, files that nothing names are removed."""

import duckdb

GRACE = "INTERVAL 1 DAY"  # a reader may still be in a file that was replaced a moment ago


def maintain(cursor: duckdb.DuckDBPyConnection, catalog: str, *, retention_days: int) -> dict[str, int]:
    """Return how many snapshots expired, files were merged or rewritten, and files were removed.

    The caller holds the locks of all tables. Time travel ends with the retention; the newest snapshot stays.
    """
    before = f"older_than => now() - INTERVAL {retention_days} DAY"
    grace = f"older_than => now() - {GRACE}"
    return {
        "expired_snapshots": _count(cursor, f"ducklake_expire_snapshots('{catalog}', {before})"),
        "rewritten_files": _sum(cursor, f"ducklake_rewrite_data_files('{catalog}')"),
        "merged_files": _sum(cursor, f"ducklake_merge_adjacent_files('{catalog}')"),
        "removed_files": _count(cursor, f"ducklake_cleanup_old_files('{catalog}', {grace})"),
        "removed_orphans": _count(cursor, f"ducklake_delete_orphaned_files('{catalog}', {grace})"),
    }


def _count(cursor: duckdb.DuckDBPyConnection, call: str) -> int:
    return len(cursor.execute(f"SELECT * FROM {call}").fetchall())  # noqa: S608


def _sum(cursor: duckdb.DuckDBPyConnection, call: str) -> int:
    return sum(row[0] or 0 for row in cursor.execute(f"SELECT files_processed FROM {call}").fetchall())  # noqa: S608
