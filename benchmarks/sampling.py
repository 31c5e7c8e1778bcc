"""What a week's sampled levels promise, measured in simulated worlds, each before and after a change of rule.

    python benchmarks/sampling.py [--worlds 400] [--seed 1] [--only late]

`before` is the rule that an earlier version had, kept here alone. Levels are in points (hundredths), shares
in percent. Every figure is followed by its Monte Carlo error; `near` means outside of its promise by less
than two errors, `short` a promise of which the notes say that it does not hold there. The exit code is 1 when
any other promise is missed by `after`.
"""

import argparse
import sys
import time

import numpy as np
from calibration_sections import Figure
from rich.console import Console
from rich.table import Table
from sampling_rows import Row
from sampling_sections import SECTIONS

STYLES = {"": "", "ok": "green", "near": "yellow", "missed": "bold red", "short": "magenta"}


def main() -> int:
    """Print a table a section; return 1 when a promise is missed."""
    given = _arguments()
    console = Console(width=given.width)
    missed = 0
    for name in given.only.split(","):
        started = time.process_time()
        rows = list(SECTIONS[name](given.worlds, np.random.default_rng(given.seed)))
        console.print(_table(name, rows))
        console.print(f"{name}: {time.process_time() - started:.0f} s of processor\n")
        missed += sum(row.after.verdict == "missed" for row in rows)
    console.print(f"{given.worlds} worlds, seed {given.seed}: {missed} promises missed")
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--width", type=int, default=150)
    return parser.parse_args()


def _table(name: str, rows: list[Row]) -> Table:
    table = Table("world", "measured", title=name, header_style="bold")
    for head in ("before", "after", "promised"):
        table.add_column(head, justify="right")
    for row in rows:
        before = "-" if row.before is None else _shown(row.before)
        style = STYLES[row.after.verdict]
        after = _shown(row.after)
        table.add_row(
            row.world,
            row.what,
            before,
            f"[{style}]{after} {row.after.verdict}[/]" if style else after,
            _promised(row.after),
        )
    return table


def _shown(value: Figure) -> str:
    return "-" if np.isnan(value.value) else f"{100 * value.value:.2f} ± {100 * value.error:.2f}"


def _promised(value: Figure) -> str:
    if value.promise is None:
        return "-"
    low, high = 100 * value.promise.low, 100 * value.promise.high
    return f"≤ {high:g}" if low == -np.inf else f"≥ {low:g}" if high == np.inf else f"{low:g} to {high:g}"


if __name__ == "__main__":
    sys.exit(main())
