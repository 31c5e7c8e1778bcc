"""The verdict on a change: the judge, the traffic, the system, or unknown, with the numbers that say so.

docs/concepts.md holds the rule in words.
"""

from collections.abc import Iterator, Sequence
from math import sqrt

import msgspec
import pandas as pd

from behavior_pipeline.attribution.mix import JointBounds, Mix
from behavior_pipeline.attribution.suspects import SYSTEM_COMPONENTS, Suspect
from behavior_pipeline.drift.finding import Finding
from behavior_pipeline.values import number_or_none
from behavior_pipeline.words import NONE, FindingKind, Verdict

MOST = 0.5  # of the change: what explains less is not its cause
SURE = 1.96
LEVEL = 0.05  # of all suspects together
FLAG = "feature_flag"


class AnchorShift(msgspec.Struct, frozen=True, kw_only=True):
    """By how much the judge's mean score of the same anchors moved, with its error."""

    shift: float
    se: float
    n: int
    reason: str

    def may_explain(self, effect: float) -> bool:
        """Return whether half of a change lies within the shift's 95 % interval, in its direction."""
        reach = self.shift * (1 if effect > 0 else -1) + SURE * self.se
        return reach >= MOST * abs(effect)


class VerdictEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a verdict was given; the JSON column `verdict_evidence` of drift_alerts.

    `rule` says which comparison decided; numbers are None where it could not be made. `judge` is none, moved,
    quiet or unknown; `calibration` are the reasons of the alarms on it.
    """

    rule: str
    change: float | None = None
    effect_se: float | None = None
    judge: str | None = None
    calibration: tuple[str, ...] = ()
    anchors: AnchorShift | None = None
    mix: Mix | None = None
    bounds: JointBounds | None = None
    suspect: Suspect | None = None


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a verdict on a finding is made from.

    `change` is that of the series' mean on the scale of its traces (score, else ln seconds or ln USD), None
    where the finding is on nothing of the kind; `calibration` are the alarms on the judge of its dimension.
    """

    finding: Finding
    change: float | None = None
    calibration: Sequence[Finding] = ()
    anchors: AnchorShift | None = None
    mix: Mix | None = None
    bounds: JointBounds | None = None
    suspects: Sequence[Suspect] = ()


def verdict(given: Inputs) -> tuple[Verdict, VerdictEvidence]:
    """Return because of what a finding's series moved: the first rule that applies."""
    finding, judge, suspect = given.finding, judge_state(given), _convicted(given)
    word, rule = next(
        (word, rule) for applies, word, rule in _rules(given, judge=judge, suspect=suspect) if applies
    )
    return word, VerdictEvidence(
        rule=rule, change=given.change, effect_se=finding.effect_se, judge=judge,
        calibration=tuple(sorted({one.reason for one in given.calibration})), anchors=given.anchors,
        mix=given.mix, bounds=given.bounds, suspect=suspect,
    )  # fmt: skip


def _rules(given: Inputs, *, judge: str, suspect: Suspect | None) -> Iterator[tuple[bool, Verdict, str]]:
    """Yield what may be said, in the order in which it comes first, and whether it applies."""
    kind, bounds, mix = given.finding.kind, given.bounds, given.mix
    on_judge = kind == FindingKind.CALIBRATION
    yield on_judge and given.finding.moved == "people", Verdict.UNKNOWN, "people_moved"
    yield on_judge, Verdict.JUDGE, "judge_moved"
    yield kind == FindingKind.COVERAGE, Verdict.TRAFFIC, "coverage_moved"
    yield kind == FindingKind.MISSING, Verdict.UNKNOWN, "judgements_missing"
    yield judge == "moved", Verdict.JUDGE, "judge_moved"
    outside = bounds is not None and bounds.moved and not _beyond_bounds(bounds, given.change)
    yield outside, Verdict.TRAFFIC, "frame_moved"
    yield mix is not None and _is_mix(mix, given), Verdict.TRAFFIC, "mix_moved"
    yield suspect is not None, Verdict.SYSTEM, "suspect_explains"
    cleared = judge in ("none", "quiet")
    yield cleared and mix is not None and _is_within(mix, given), Verdict.SYSTEM, "within_moved"
    yield True, Verdict.UNKNOWN, "nothing_explains"


def judge_state(given: Inputs) -> str:
    """Return whether the judge of a finding moved: `none` where checks alone decide, else what is known.

    An alarm on the judge counts unless people moved, or the anchors clear the judge: half of the change lies
    beyond what their interval allows. Anchors alone convict it where their shift is sure and is half of it.
    """
    if given.finding.judge == NONE:
        return "none"
    effect, anchors = given.change, given.anchors
    cleared = anchors is not None and effect is not None and not anchors.may_explain(effect)
    if any(one.moved != "people" for one in given.calibration):
        sure = any(one.moved == "judge" for one in given.calibration)
        return "quiet" if cleared and not sure else "moved"
    if anchors is None or effect is None:
        return "unknown"
    if cleared:
        return "quiet"
    same_way = anchors.shift * effect > 0 and abs(anchors.shift) >= MOST * abs(effect)
    return "moved" if same_way and abs(anchors.shift) > SURE * anchors.se else "unknown"


def anchor_shift(changes: pd.DataFrame, finding: Finding) -> AnchorShift | None:
    """Return how the judge of a finding moved on the same anchors this week; None: not compared.

    `changes` are anchor_changes rows. The error is that of a mean of paired changes of at most 1.
    """
    rows = changes[
        (changes["subject"] == "judge") & (changes["week"] == finding.week)
        & (changes["dimension"] == finding.dimension) & (changes["judge"] == finding.judge)
        & (changes["rubric"] == finding.rubric) & changes["level_before"].notna()
        & changes["level_after"].notna()
    ].sort_values(["n", "dataset"])  # fmt: skip
    if rows.empty or not rows["n"].iloc[-1] > 0:
        return None
    row, n = rows.iloc[-1], int(rows["n"].iloc[-1])
    flips = (number_or_none(row["lower"]) or 0.0) + (number_or_none(row["higher"]) or 0.0)
    shift = float(row["level_after"] - row["level_before"])
    # One flip more than was seen: no flips of a few anchors do not say that there are none.
    return AnchorShift(shift=shift, se=sqrt(flips + 1) / n, n=n, reason=str(row["reason"]))


def _convicted(given: Inputs) -> Suspect | None:
    """Return the first suspect of the system that explains half of the change, beyond chance."""
    change = given.change
    tried = [one for one in given.suspects if one.p_value is not None]
    for one in tried:
        of_system = one.component in SYSTEM_COMPONENTS or one.component.startswith(FLAG)
        if not (of_system and change and one.explained and one.p_value is not None):
            continue
        explains = one.explained / change >= MOST and one.p_value * len(tried) <= LEVEL
        if explains and (one.controls or _came_at_the_onset(one, given.finding)):
            return one
    return None


def _came_at_the_onset(suspect: Suspect, finding: Finding) -> bool:
    """Return whether a value came within the onset's interval, which a plain before and after cannot show.

    One that came before it answered at the old level for a while, and is not what moved it.
    """
    if finding.onset_low is None or finding.onset_high is None or suspect.first_day is None:
        return True
    return bool(finding.onset_low <= pd.Timestamp(suspect.first_day) <= finding.onset_high)


def _beyond_bounds(bounds: JointBounds, change: float | None) -> bool:
    """Return whether the mean over all traffic moved the same way, whatever the excluded would score."""
    sign = 1 if (change or 0.0) > 0 else -1
    return min(sign * bounds.change_if_zero, sign * bounds.change_if_one) > SURE * bounds.se


def _is_mix(mix: Mix, given: Inputs) -> bool:
    return _share(mix.mix, mix, given) >= MOST and abs(mix.within) < SURE * _error(mix, given.finding)


def _is_within(mix: Mix, given: Inputs) -> bool:
    return _share(mix.within, mix, given) >= MOST and abs(mix.within) >= SURE * _error(mix, given.finding)


def _share(part: float, mix: Mix, given: Inputs) -> float:
    """Return a part's share of the change; 0 where the traces moved the other way than the finding."""
    return part / mix.total if mix.total * (given.change or 0.0) > 0 else 0.0


def _error(mix: Mix, finding: Finding) -> float:
    """Return the error of the within part: what weeks wander by is in the finding's, on the same scale."""
    same_scale = finding.unit == "score" and finding.metric == "mean"
    return max(mix.within_se, (finding.effect_se or 0.0) if same_scale else 0.0)


def evidence_json(evidence: VerdictEvidence) -> str:
    """Return a verdict's numbers as a row of drift_alerts holds them."""
    return msgspec.json.encode(evidence).decode()


def evidence_of(text: str | None) -> VerdictEvidence | None:
    """Return the numbers that a row of drift_alerts holds; None in older rows."""
    return msgspec.json.decode(text, type=VerdictEvidence) if isinstance(text, str) else None
