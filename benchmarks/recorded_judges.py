"""Prints what the pipeline finds of each recorded judge of the replay beside what the pack says of it.

    python benchmarks/recorded_judges.py [--pack ../shared/replay] [--data data/replay-recorded]

Reads a data root that `benchmarks/replay.py --judges recorded` filled. On the calibration set the figures are
of the same items, but for those on which two annotators disagree, which the pipeline leaves out and the pack
does not, and for grades between those of the scale (3.5), which are no verdicts here. On traffic the pipeline
has the weekly labels, a sample; the pack has the truth of every trace. So each judge is measured on that as
well: the truth is read here only, for printing.
"""

from pathlib import Path

import pandas as pd
from replay import DATA, SUFFIX, show, use
from rich.console import Console

from behavior_pipeline.calibration.agreement.ceiling import human_ceiling
from behavior_pipeline.calibration.agreement.measurement import measure
from behavior_pipeline.cli.data_root import CHECKOUT
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.steps import compare_judges
from behavior_pipeline.steps.pipeline import Pipeline

SETS = {"calibration": "anchor", "traffic": "fresh"}
GRADES = 5
COLUMNS = ["n", "point", "low", "high", "probability_above"]


def main() -> None:
    """Read the command line and print."""
    import argparse  # noqa: PLC0415 - the functions are used by replay.py

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pack", type=Path, default=CHECKOUT.parent / "shared" / "replay")
    parser.add_argument("--data", type=Path, default=DATA.with_name(DATA.name + SUFFIX["recorded"]))
    given = parser.parse_args()
    use(given.data, given.pack, judges="recorded")
    print_judges(Console(highlight=False, width=160), given.pack)


def print_judges(console: Console, pack: Path) -> None:
    """Print a row for each judge and set: ours, the pack's, ours on the pack's truth of all traffic."""
    pipeline = Pipeline()
    agreement = pd.read_csv(pack / "truth" / "judge_agreement.csv")
    rows, ceilings = [], []
    for name in sorted(set(agreement["dimension"])):
        spec = pipeline.dimensions[name]
        labelled = compare_judges.labelled_items(pipeline, spec)
        labels = pipeline.lake.read("labels", {"dimension": name})
        ceiling = human_ceiling(spec, labels)
        ceilings.append({"dimension": name, "metric": spec.gate.metric, "human ceiling": ceiling})
        everything = truth_of_traffic(spec, pack)
        for judge in sorted(set(agreement.loc[agreement["dimension"] == name, "judge_version"])):
            ours = compare_judges.verdicts_of(pipeline, spec, judge, labelled).rows
            true = compare_judges.verdicts_of(pipeline, spec, judge, everything).rows
            rows += [
                {"dimension": name, "judge": judge, "on": on}
                | measured(spec, ours[ours["role"] == role])
                | pack_says(agreement, name, judge, on=on)
                | {f"true_{key}": value for key, value in measured(spec, true).items() if on == "traffic"}
                for on, role in SETS.items()
            ]
    table = pd.DataFrame(rows).drop(columns=["true_low", "true_high", "true_probability_above"])
    renamed = table.rename(columns={"true_n": "all traffic: n", "true_point": "all traffic"})
    show(console, "Recorded judges", renamed)
    show(console, "How well people agree with each other", pd.DataFrame(ceilings))


def measured(spec: DimensionSpec, rows: pd.DataFrame) -> dict[str, object]:
    """Return what an agreement row would say of these items."""
    measurement = measure(spec.gate, rows[rows["judge_score"].notna()], None)
    return {name: getattr(measurement, name) for name in COLUMNS}


def pack_says(agreement: pd.DataFrame, dimension: str, judge: str, *, on: str) -> dict[str, object]:
    """Return the pack's number of items and agreement."""
    keys = (
        (agreement["dimension"] == dimension)
        & (agreement["judge_version"] == judge)
        & (agreement["on"] == on)
    )
    row = agreement[keys].iloc[0]
    return {"pack: n": int(row["n"]), "pack": float(row["value"])}


def truth_of_traffic(spec: DimensionSpec, pack: Path) -> pd.DataFrame:
    """Return every trace of traffic with its true label, in the shape of labelled items."""
    truth = pd.read_csv(pack / "truth" / "trace_truth.csv")
    traffic = truth[truth["dimension"] == spec.name].drop_duplicates("trace_id")
    graded = spec.scale.kind == "graded"
    score = (traffic["label"] - 1) / (GRADES - 1) if graded else traffic["label"]
    return pd.DataFrame(
        {
            "item_id": traffic["trace_id"], "trace_id": traffic["trace_id"],
            "role": "fresh", "dataset": "none",
            "human_label": traffic["label"].astype(str), "human_score": score.astype(float), "annotators": 1,
            "stratum": None, "inclusion_probability": None,
        }
    ).reset_index(drop=True)  # fmt: skip


if __name__ == "__main__":
    main()
