"""The sections of benchmarks/drift.py."""

from collections.abc import Callable, Iterator
from functools import partial

from drift_happens import HAPPENS, happens
from drift_lde import detectable
from drift_quiet import QUIET, quiet
from drift_rows import Options, Row
from drift_speed import speed

SECTIONS: dict[str, Callable[[Options], Iterator[Row]]] = {
    **{name: partial(quiet, name) for name in QUIET},
    **{name: partial(happens, name) for name in HAPPENS},
    "lde": detectable,
    "speed": speed,
}
__all__ = ["SECTIONS", "Options"]
