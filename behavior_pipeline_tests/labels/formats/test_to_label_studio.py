from xml.etree import ElementTree as ET

import pytest

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.formats.to_label_studio import labelling_config, rating_steps, read_fields
from behavior_pipeline_tests.labels.reading import SPECS


def parsed(config: str) -> ET.Element:
    return ET.fromstring(config)  # noqa: S314 - our own text


LABELLED = [spec for spec in SPECS.values() if spec.scale.labels]


@pytest.mark.parametrize("spec", LABELLED, ids=lambda spec: spec.name)
def test_controls_are_named_after_the_dimension_and_point_to_a_text_of_the_task(spec: DimensionSpec) -> None:
    view = parsed(labelling_config(spec))
    texts = {tag.get("name"): tag.get("value") for tag in view.iter("Text")}
    assert texts == {name: f"${name}" for name in read_fields(spec)}
    controls = [tag for tag in view.iter() if tag.get("toName")]
    assert [tag.get("name") for tag in controls] == [spec.name, f"{spec.name}_rationale"]
    assert {tag.get("toName") for tag in controls} <= set(texts)


def test_choices_are_the_labels_and_a_scale_that_counts_is_a_rating() -> None:
    tone = parsed(labelling_config(SPECS["tone"]))
    assert [tag.get("value") for tag in tone.iter("Choice")] == list(SPECS["tone"].scale.labels)
    stars = parsed(labelling_config(SPECS["faithfulness"]))
    assert [tag.get("maxRating") for tag in stars.iter("Rating")] == ["5"]
    assert (rating_steps(SPECS["tone"]), rating_steps(SPECS["faithfulness"])) == (None, 5)


def test_every_line_of_the_rubric_is_shown_and_none_reads_as_a_field() -> None:
    spec = SPECS["tone"].model_copy(update={"rubric": 'Be "kind" & plain.\n\n$5 is <fine>.'})
    view = parsed(labelling_config(spec))
    assert [tag.get("value") for tag in view.iter("Panel")] == ["Rubric"]
    shown = [tag.get("value") for tag in view.iter("Header") if tag.get("size") == "6"]
    assert shown == ['Be "kind" & plain.', " $5 is <fine>."]
