"""What drift.api.detect promises, measured in simulated worlds, with the two-sigma heuristic beside it.

    python benchmarks/drift.py [--worlds 200] [--weeks 12] [--seed 1] [--only quiet] [--no-heuristic]

55 series (5 dimensions of an aggregate and 10 slices with crossed cells), 2,800 judged a week and dimension.
`--weeks` is the history before anything happens. Quiet worlds: the share of weeks with any false alarm of any
family. Worlds in which something happens: the share in which it is found on the right series by week 1, 2
and 6, alarms on other dimensions a week, and further alarms on the same one. Errors are Monte Carlo's.
The exit code is 1 where a promise is missed by more than two of them.
"""

import argparse
import sys
import time

from drift_sections import SECTIONS, Options
from rich.console import Console
from rich.table import Table


def main() -> int:
    """Print a table a section; return 1 when a promise is missed."""
    given = _arguments()
    console = Console(width=given.width)
    options = Options(given.worlds, given.weeks, given.seed, heuristic=not given.no_heuristic)
    missed = 0
    for name in given.only.split(","):
        started = time.process_time()
        table = Table("world", "figure", title=name, header_style="bold")
        for head in ("detect", "heuristic", "promised"):
            table.add_column(head, justify="right")
        for row in SECTIONS[name](options):
            missed += row.missed
            style = "bold red" if row.missed else "green" if row.promised else ""
            ours = f"[{style}]{row.ours}[/]" if style else row.ours
            table.add_row(row.world, row.figure, ours, row.heuristic, row.promised)
        console.print(table)
        console.print(f"{name}: {time.process_time() - started:.0f} s of processor\n")
    console.print(
        f"{given.worlds} worlds, {given.weeks} weeks of history, seed {given.seed}: {missed} missed"
    )
    return 1 if missed else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--weeks", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument("--width", type=int, default=130)
    parser.add_argument("--no-heuristic", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
