"""The score of a quantity with a target and a limit."""


def falling(value: float, *, full: float, none: float) -> float:
    """Return 1 up to `full`, 0 from `none` on, and the straight line between them (full < none)."""
    return min(1.0, max(0.0, (none - value) / (none - full)))
