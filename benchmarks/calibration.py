"""What the gate, the drop rule, the intervals and the corrected level promise, measured in simulated worlds.

    python benchmarks/calibration.py --open-chances --worlds 400
    python benchmarks/calibration.py [--worlds 25] [--seed 1]
        [--only gate,coverage,drop,corrected,looks,checks,weights,pairs]

Labels are drawn as the label queue draws them, by its allocation; the production pass
share is that of 5,000 judged traces a week. Judges have a known Matthews correlation: `unbiased` ones err as
often one way as the other (they pass as many as are good; promises are made for these), `even` ones have one
error rate for good and bad, `lenient` ones pass two bad for each good that they fail. Every figure is
followed by its Monte Carlo error; `near` means outside of its promise by less than two errors, where only
more worlds decide; `short` a promise of which the notes say that it does not hold there, and why. The exit
code is 1 when any other promise is missed. The default takes about three minutes of one
quiet core and shows only what is far off; --worlds 400 takes most of an hour.
"""

import argparse
import sys
import time
from collections.abc import Sequence

import calibration_corrected
import calibration_detectable
import calibration_drift
import calibration_gates
import calibration_pairs
import numpy as np
from calibration_sections import SECTIONS as OF_AGREEMENT
from calibration_sections import Figure, Line, open_chances
from rich.console import Console
from rich.table import Table

SECTIONS = (
    OF_AGREEMENT
    | calibration_gates.SECTIONS
    | calibration_pairs.SECTIONS
    | calibration_corrected.SECTIONS
    | calibration_detectable.SECTIONS
    | calibration_drift.SECTIONS
)
STYLES = {"": "", "ok": "green", "near": "yellow", "missed": "bold red", "short": "magenta"}


def main() -> int:
    """Print the table; return 1 when a promise is missed."""
    given = _arguments()
    console = Console(width=given.width)
    if given.open_chances:
        console.print(open_chances(given.worlds, np.random.default_rng(given.seed)))
        return 0
    lines: list[Line] = []
    for name in given.only.split(","):
        started = time.process_time()
        rows = list(SECTIONS[name](given.worlds, np.random.default_rng(given.seed)))
        console.print(_table(rows))
        console.print(f"{name}: {time.process_time() - started:.0f} s of processor\n")
        lines += rows
    verdicts = [figure.verdict for line in lines for figure in line.figures.values() if figure.promise]
    counts = {word: verdicts.count(word) for word in ("ok", "near", "missed", "short")}
    console.print(f"{given.worlds} worlds, seed {given.seed}: promises {counts}")
    return 1 if counts["missed"] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default=",".join(SECTIONS))
    parser.add_argument(
        "--open-chances", action="store_true", help="print only the table of gate/sentence.py"
    )
    parser.add_argument("--width", type=int, default=170)
    return parser.parse_args()


def _table(lines: Sequence[Line]) -> Table:
    table = Table(header_style="bold")
    for head in ("section", "measured", "labels", "promised"):
        table.add_column(head)
    columns = list(dict.fromkeys(column for line in lines for column in line.figures))
    if not any(isinstance(column, str) for column in columns):
        columns.sort()
    for column in columns:
        head = column if isinstance(column, str) else f"good {column:g}"
        table.add_column(head, justify="right")
    for line in lines:
        shown = [_shown(line.figures.get(column), line.what) for column in columns]
        table.add_row(line.section, line.what, line.labels, _promised(line), *shown)
    return table


def _shown(figure: Figure | None, what: str) -> str:
    if figure is None:
        return "-"
    value = f"{figure.value:.2f} ± {figure.error:.2f}" if "points" in what else _percent(figure)
    style = STYLES[figure.verdict]
    return f"[{style}]{value} {figure.verdict}[/]" if style else value


def _percent(figure: Figure) -> str:
    return f"{100 * figure.value:.1f} ± {100 * figure.error:.1f}"


def _promised(line: Line) -> str:
    """Return what is promised: one text, or one for each prevalence where they differ."""
    scale = 1 if "points" in line.what else 100
    texts = []
    for figure in line.figures.values():
        if figure.promise is None:
            texts.append("-")
            continue
        low, high = figure.promise.low * scale, figure.promise.high * scale
        texts.append(
            f"≤ {high:g}" if low == -np.inf else f"≥ {low:g}" if high == np.inf else f"{low:g} to {high:g}"
        )
    return texts[0] if len(set(texts)) == 1 else ", ".join(dict.fromkeys(texts))


if __name__ == "__main__":
    sys.exit(main())
