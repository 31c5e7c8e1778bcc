"""The component of a dimension folder: defs.yaml and rubric.md become one scores asset with its owner."""

from typing import Any

import dagster as dg
from pydantic import BaseModel, ConfigDict

from behavior_pipeline.defs.partition_writer import day_writer
from behavior_pipeline.defs.partitions import daily
from behavior_pipeline.defs.resources import PipelineResource, checked_dimensions
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.scoring.rows import ScoredDay
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline.steps.scores import read_inputs, score_day

JUDGED_DAYS_A_RUN = 7


class DimensionAttributes(BaseModel):
    """The attributes of a dimension; the core's own model reads and checks them, without any template."""

    model_config = ConfigDict(extra="allow")


class DimensionComponent(dg.Component):
    """A dimension: its folder's name is its name.

    The YAML is read again by the core, not through Dagster's template engine, which would empty what looks
    like a template in it.
    """

    def __init__(self, spec: DimensionSpec) -> None:
        self.spec = spec

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """Return the model of `attributes:`."""
        return DimensionAttributes

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "DimensionComponent":
        """Return the component of a folder; an invalid, ownerless or routeless dimension is a ConfigError."""
        spec = dimensions()[context.path.name]
        if spec.route not in settings().routes:
            raise ConfigError(
                happened=f"dimension {spec.name} alerts by route '{spec.route}', which is not configured",
                kept="nothing was run",
                remedy=f"add [routes.{spec.route}] to pipeline.toml"
                f" or choose one of {sorted(settings().routes)}",
            )
        return cls(spec)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return the scores asset of the dimension."""
        return dg.Definitions(assets=[scores_asset(self.spec)])


def scores_asset(spec: DimensionSpec) -> dg.AssetsDefinition:
    """Return the asset that scores a day's traces on one dimension."""
    judged = spec.judge is not None
    policy = dg.BackfillPolicy.multi_run(JUDGED_DAYS_A_RUN) if judged else dg.BackfillPolicy.single_run()

    @dg.asset(
        name=f"scores_{spec.name}",
        partitions_def=daily,
        deps=["traces", *(["sampled_traces"] if judged else [])],
        group_name="scores",
        kinds={"openai" if judged and spec.judge and spec.judge.backend == "openai" else "python", "duckdb"},
        owners=[spec.owner],
        description=f"{spec.description}\n\n{spec.rubric}",
        tags={"evaluator": spec.kind, "gate": spec.gate.rule},
        metadata=static_metadata(spec),
        backfill_policy=policy,
    )
    def scores(context: dg.AssetExecutionContext, pipeline: PipelineResource) -> None:
        pipeline.cases.expect(checked_dimensions(context), run_id=context.run.run_id)
        with day_writer(context, pipeline.lake, dimension=spec.name) as writer:
            current = pipeline.dimensions[spec.name]
            inputs = read_inputs(pipeline, current, writer.partitions)
            for day in writer.partitions:
                scored = score_day(pipeline, current, day, inputs.of(day), run_id=context.run.run_id)
                writer.replace(
                    day,
                    {
                        f"scores_{spec.name}": scored.scores,
                        "tuple_days": scored.tuples,
                        "judgements": scored.judgements,
                    },
                    metadata=day_metadata(scored),
                    tuple_ids=list(scored.tuples["tuple_id"]),
                )

    return scores


def static_metadata(spec: DimensionSpec) -> dict[str, Any]:
    """Return what is declared of a dimension, overrides of pipeline.toml included."""
    judge = spec.judge
    return {
        "gate": f"{spec.gate.rule} {spec.gate.metric} >= {spec.gate.minimum}"
        if spec.gate.rule != "exempt"
        else f"exempt: {spec.gate.why}",
        "rubric": spec.rubric_id,
        "judge": "none" if judge is None else f"{judge.backend} {judge.model} {judge.version}",
        "sampling_share": spec.sampling.share if judge else 1.0,
        "route": spec.route,
        "checks": ", ".join(use.check for use in spec.checks) or "none",
    }


def day_metadata(scored: ScoredDay) -> dict[str, Any]:
    """Return the day's weighted mean, its cost and the version tuple of most traces, as flat values."""
    rows = scored.scores
    known = rows[rows["score"].notna()]
    weight = float(known["weight"].sum())
    numbers: dict[str, Any] = {
        "scored": len(known),
        "unscored": len(rows) - len(known),
        "cost_usd": float(rows["cost_usd"].sum()),
        "weight": weight,
    }
    if weight > 0:
        numbers["mean_score"] = float((known["score"] * known["weight"]).sum() / weight)
    if len(scored.tuples):
        common = scored.tuples.sort_values("traces", kind="stable").iloc[-1]
        numbers |= {
            name: str(common[name]) for name in ("tuple_id", "model", "prompt", "judge", "dataset", "rubric")
        }
    return numbers
