"""Which gate state a series has in a week."""

from collections.abc import Mapping

import pandas as pd

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.words import GateState


def gate_state(
    spec: DimensionSpec, states: Mapping[tuple[str, str, str], str], *, judge: str, rubric: str
) -> str:
    """Return the measured state of a judge and rubric; without one `exempt` or `unmeasured`.

    What was measured comes first: a shut gate outranks a declared exemption.
    """
    declared = str(spec.gate.declared_state)
    measured = states.get((spec.name, judge, rubric), declared)
    return declared if measured == GateState.UNMEASURED else measured


def measured_states(agreement: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """Return the gate state of each (dimension, judge, rubric) in calibration_agreement rows of one week."""
    columns = ["dimension", "judge", "rubric", "gate_state"]
    return {(row[0], row[1], row[2]): row[3] for row in agreement[columns].itertuples(index=False, name=None)}
