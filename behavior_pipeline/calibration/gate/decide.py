"""The gate of a judge: how its state follows from the state before and what this week's labels say."""

from dataclasses import dataclass

from behavior_pipeline.calibration.agreement.measurement import LOW, Measurement
from behavior_pipeline.calibration.items.pool import ENOUGH
from behavior_pipeline.dimensions.spec import Gate
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import GateState

SURPLUS = 0.15  # how far above its gate a judge is for which labels are planned and chances told
# Of P(agreement >= the gate's minimum), for the posterior rule:
OPENS_AT = 0.80  # at a judge's first look, which spends most of the error that a year of looks may have ...
OPENS_LATER = 0.95  # ... and at each one after it
# A closing is always told, so in quiet weeks it has to be as rare as the budget of all that is told of judges
# asks: below .20 twice or .05 once shut gates of four judges at .65 in 2 to 4 % of weeks at 80 labels a week,
# these in .2 % at most (`python benchmarks/calibration.py --only drift_alerts`).
SHUTS_AT = 0.02  # looks in a row below it, so many of them, shut an open gate ...
LOW_LOOKS = 2
SHUTS_AT_ONCE = 0.005  # ... and one below this


@dataclass(frozen=True)
class Before:
    """Where a decision starts. `state` is the judge's own, or its predecessor's where `new_judge`.

    `looks` at the judge could have opened its gate before.
    """

    state: GateState = GateState.UNMEASURED
    low_looks: int = 0
    looks: int = 0
    new_judge: bool = False
    judge: str | None = None
    dataset: str | None = None


@dataclass(frozen=True)
class Look:
    """What a week shows: its labelled items, the agreement in force, and whether its dataset is new."""

    fresh: int
    measured: Measurement
    new_dataset: bool = False

    @property
    def too_few(self) -> bool:
        """Whether its dataset is new, and not enough of it is labelled to say anything."""
        return self.new_dataset and self.measured.n < ENOUGH

    @property
    def counts(self) -> bool:
        """Whether it could have opened the gate."""
        return bool(self.fresh) and not self.too_few and self.measured.probability_above is not None


@dataclass(frozen=True)
class Decision:
    """The state after the week, why, and how many looks in a row were low."""

    state: GateState
    reason: Reason
    low_looks: int = 0


def decide(gate: Gate, before: Before, look: Look) -> Decision:
    """Return the gate's next state by the dimension's rule.

    An agreement that is undefined because people's labels are all alike moves nothing; one that is undefined
    because the judge says the same of everything is known to be none, and shuts the gate.
    """
    if gate.rule == "exempt":
        return _exempt(before, look)
    if before.new_judge and before.state is GateState.OPEN:
        return _succeed(gate, look)
    state = _start(before)
    if not look.fresh:
        return Decision(state, _idle_reason(state, before), before.low_looks)
    if look.too_few:
        return Decision(state, Reason.TOO_FEW, before.low_looks)
    if gate.rule == "point":
        return _point(gate, state, look)
    low_looks = 0 if look.new_dataset else before.low_looks
    return _posterior(state, look, low_looks=low_looks, threshold=opens_at(before.looks))


def opens_at(looks: int) -> float:
    """Return the probability that opens a gate, after so many looks that could have opened it.

    One threshold for all looks opens the gate of a weak judge sooner or later: with .80 and 240 labels a week
    at 97 % good, one at .5 in 12 % of years, one at .55 in 69 %; so in 4 and 24 %, and a judge at .75 is open
    after four weeks in 98 instead of 100 % (`python benchmarks/calibration.py --only looks`).
    """
    return OPENS_LATER if looks else OPENS_AT


def _start(before: Before) -> GateState:
    """A judge that was never measured cannot be blocked; what suspended its predecessor holds it too."""
    unknown = before.new_judge and before.state is not GateState.SUSPENDED
    return GateState.UNMEASURED if unknown or before.state is GateState.EXEMPT else before.state


def _idle_reason(state: GateState, before: Before) -> Reason:
    if state is GateState.UNMEASURED:
        return Reason.NO_LABELS
    return Reason.RESPONSE_MODEL_CHANGED if before.new_judge else Reason.UNCHANGED


def _point(gate: Gate, state: GateState, look: Look) -> Decision:
    """Follow the estimate; without one, or with one of few items, stay."""
    measured = look.measured
    if measured.n < ENOUGH:
        return Decision(state, Reason.TOO_FEW)
    if measured.reason is Reason.JUDGE_ONE_CLASS:
        return _shut(state, why=Reason.JUDGE_ONE_CLASS)
    if measured.point is None:
        return Decision(state, measured.reason or Reason.NO_LABELS)
    return _open(state) if measured.point >= gate.minimum else _shut(state)


def _posterior(state: GateState, look: Look, *, low_looks: int, threshold: float) -> Decision:
    """Open on strong evidence, close on weak evidence twice or on strong evidence once."""
    probability = look.measured.probability_above
    if probability is None and look.measured.reason is Reason.JUDGE_ONE_CLASS and look.measured.n >= ENOUGH:
        return _shut(state, why=Reason.JUDGE_ONE_CLASS)
    if probability is None:
        return Decision(state, look.measured.reason or Reason.TOO_FEW, low_looks)
    if probability >= (OPENS_AT if state is GateState.OPEN else threshold):
        return _open(state)
    if state is not GateState.OPEN:
        why = Reason.GATE_SHUT if probability < LOW else Reason.AGREEMENT_UNPROVEN
        return _shut(state, why=why)
    low_looks = low_looks + 1 if probability < SHUTS_AT else 0
    if probability < SHUTS_AT_ONCE or low_looks >= LOW_LOOKS:
        return _shut(state)
    return Decision(GateState.OPEN, Reason.UNCHANGED, low_looks)


def _open(state: GateState) -> Decision:
    return Decision(GateState.OPEN, Reason.UNCHANGED if state is GateState.OPEN else Reason.AGREEMENT_REACHED)


def _shut(state: GateState, *, why: Reason | None = None) -> Decision:
    if state is GateState.OPEN:
        return Decision(GateState.SUSPENDED, why or Reason.AGREEMENT_LOST)
    if state is GateState.UNMEASURED:
        return Decision(GateState.BLOCKED, why or Reason.GATE_SHUT)
    return Decision(state, why if why is Reason.JUDGE_ONE_CLASS else Reason.UNCHANGED)


def _succeed(gate: Gate, look: Look) -> Decision:
    """After a new response.model an open gate stays open only if this week's labels show agreement."""
    measured = look.measured
    if gate.rule == "point":
        known = measured.n >= ENOUGH and measured.point is not None
        agrees = measured.point is not None and measured.point >= gate.minimum
    else:
        probability = measured.probability_above
        known = probability is not None and not LOW <= probability < OPENS_AT
        agrees = probability is not None and probability >= OPENS_AT
    if known and agrees and look.fresh:
        return Decision(GateState.OPEN, Reason.AGREEMENT_REACHED)
    lost = known and bool(look.fresh)
    return Decision(GateState.SUSPENDED, Reason.AGREEMENT_LOST if lost else Reason.RESPONSE_MODEL_CHANGED)


def _exempt(before: Before, look: Look) -> Decision:
    """A declared fact needs no agreement; labels that contradict it shut the gate until they no longer do."""
    shut = before.state in (GateState.BLOCKED, GateState.SUSPENDED)
    probability = look.measured.probability_above if look.fresh else None
    if probability is None:
        return Decision(before.state, Reason.UNCHANGED) if shut else Decision(GateState.EXEMPT, Reason.EXEMPT)
    if probability >= (LOW if shut else SHUTS_AT_ONCE):
        return Decision(GateState.EXEMPT, Reason.EXEMPT)
    if shut:
        return Decision(before.state, Reason.UNCHANGED)
    spoke = before.state.speaks
    return Decision(
        GateState.SUSPENDED if spoke else GateState.BLOCKED,
        Reason.AGREEMENT_LOST if spoke else Reason.GATE_SHUT,
    )
