"""The words that cells of tables hold, and what follows from them: one home for all rooms."""

from enum import StrEnum

# What stands in a slice or version column where no single value does.
ALL = "all"  # the whole of a dimension, in `slice_key` and `slice_value`
OTHER = "other"  # values that are not watched by themselves
ABSENT = "absent"  # traces that do not carry the attribute, in `slice_value`
NONE = "none"  # does not apply: a dimension without a judge has judge, dataset and rubric `none`
UNKNOWN = "unknown"  # applies, and nobody says

INPUT = "input"  # the slice of a dimension by what its check says that an input calls for
SAFE = "safe"  # calls for an answer
UNSAFE = "unsafe"  # calls for a refusal

SCORE = "score"  # metric of cells: what the evaluators of a dimension say together
CHECKS = "checks"  # metric of cells: what its checks say alone, of a dimension that a judge completes

UPPER = "upper"  # a cost that may be less than it says, never more

PASS = 0.5  # a score passes from here on, where a verdict is asked of it


class GateState(StrEnum):
    """Whether a judge may drive alerts."""

    UNMEASURED = "unmeasured"
    BLOCKED = "blocked"
    OPEN = "open"
    SUSPENDED = "suspended"
    EXEMPT = "exempt"

    @property
    def speaks(self) -> bool:
        """Return whether scores behind such a gate may drive alerts."""
        return self.value in SPEAKING


SPEAKING = ("open", "exempt")  # plain texts, as frames hold them


class AlertState(StrEnum):
    """What is true of an alert after a week."""

    OPENED = "opened"
    UPDATED = "updated"
    ACKNOWLEDGED = "acknowledged"
    RECOVERED = "recovered"
    RESOLVED = "resolved"
    SUPPRESSED = "suppressed"


STANDING_STATES = ("opened", "updated", "acknowledged")  # people know of it, and it lasts
CLOSED_STATES = ("recovered", "resolved")


class FindingKind(StrEnum):
    """What moved."""

    SCORE = "score"
    SLICE = "slice"
    CALIBRATION = "calibration"
    COVERAGE = "coverage"
    MISSING = "missing"
    LATENCY = "latency"
    COST = "cost"
    REFUSAL = "refusal"
    DISTRIBUTION = "distribution"


class Family(StrEnum):
    """Findings that share a budget of false alarms."""

    AGGREGATE = "aggregate"
    SLICE = "slice"
    SLOW = "slow"
    FAST = "fast"
    CALIBRATION = "calibration"


class Verdict(StrEnum):
    """Because of what it moved."""

    SYSTEM = "system"
    JUDGE = "judge"
    TRAFFIC = "traffic"
    UNKNOWN = "unknown"


# Whether a trace is traffic, was made to calibrate a judge, or is an evaluator's own run.
PRODUCTION, CALIBRATION, EVALUATION = "production", "calibration", "evaluation"
SOURCE_ROLES = (PRODUCTION, CALIBRATION)
TRACE_ROLES = (*SOURCE_ROLES, EVALUATION)

# Why people labelled an item; RELABEL is an anchor labelled again, to see whether people moved.
ANCHOR, FRESH, DIAGNOSTIC, RELABEL = "anchor", "fresh", "diagnostic", "relabel"
LABEL_ROLES = (ANCHOR, FRESH, DIAGNOSTIC, RELABEL)
