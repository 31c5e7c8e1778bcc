"""The sections of benchmarks/sampling.py."""

from collections.abc import Callable, Iterator

import numpy as np
from sampling_clusters import clusters
from sampling_floor import floor
from sampling_late import late
from sampling_missing import missing
from sampling_rows import Row
from sampling_slices import slices
from sampling_two_phase import two_phase

SECTIONS: dict[str, Callable[[int, np.random.Generator], Iterator[Row]]] = {
    "late": late,
    "clusters": clusters,
    "missing": missing,
    "floor": floor,
    "two_phase": two_phase,
    "slices": slices,
}
