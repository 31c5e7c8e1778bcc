"""Runs a dimension's checks over the cases: all pass = 1, a failed one decides, none that applies = NULL."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import Case, Outcome
from behavior_pipeline.evaluators.resolve import resolve_checks
from behavior_pipeline.sampling.frames import CHECK

NOTHING = Outcome(None, None, None)
ALL_PASSED = "pass"
NO_CHECK = f"{CHECK}none"
TYPES = {
    "trace_id": "string",
    "score": "Float64",
    "label": "string",
    "missing_reason": "string",
    "evaluator": "string",
    "input": "string",
    "refused": "boolean",
}


def check_scores(spec: DimensionSpec, cases: Sequence[Case], *, root: Path) -> pd.DataFrame:
    """Return one row a case: trace_id, score, label, missing_reason, evaluator, input, refused.

    On a binary or graded scale a check passes at score 1 and fails below it; the label is the failed check's
    name, unless the check answers with a label of the scale. On a continuous scale the lowest score counts.
    The evaluator is `check:<name>`, with all names where all passed. `input` and `refused` are what the first
    check says that knows what inputs call for. `root` is the data root, below which
    relative file names in parameters are looked up.
    """
    checks = resolve_checks(spec, root=root)
    rows = []
    for case in cases:
        outcomes = [(check.name, check.evaluate(case)) for check in checks]
        teller = next((outcome for _, outcome in outcomes if outcome.input is not None), NOTHING)
        rows.append((case.trace_id, *_decide(spec, outcomes), teller.input, teller.refused))
    return pd.DataFrame(rows, columns=list(TYPES)).astype(TYPES)


def _decide(
    spec: DimensionSpec, outcomes: Sequence[tuple[str, Outcome]]
) -> tuple[float | None, str | None, str | None, str]:
    scored = [(name, outcome) for name, outcome in outcomes if outcome.score is not None]
    if not scored:
        _, first = outcomes[0]
        return None, _of_scale(spec, first, otherwise=None), first.reason, NO_CHECK
    worst_name, worst = min(scored, key=lambda entry: entry[1].score or 0.0)  # the first of equals
    if spec.scale.kind == "continuous":
        return worst.score, worst.label, None, f"{CHECK}{worst_name}"
    for name, outcome in scored:
        if outcome.score != 1:
            return 0.0, _of_scale(spec, outcome, otherwise=name), None, f"{CHECK}{name}"
    labelled = next((outcome for _, outcome in scored if outcome.label in spec.scale.labels), worst)
    names = "+".join(name for name, _ in scored)
    return 1.0, _of_scale(spec, labelled, otherwise=ALL_PASSED), None, f"{CHECK}{names}"


def _of_scale(spec: DimensionSpec, outcome: Outcome, *, otherwise: str | None) -> str | None:
    return outcome.label if outcome.label in spec.scale.labels else otherwise
