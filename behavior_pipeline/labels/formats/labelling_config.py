"""Writes Label Studio's labelling configuration of a dimension, from its scale and its rubric."""

from xml.etree import ElementTree as ET

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.labels.formats.controls import RATIONALE

ANSWER = "output_text"
WITHOUT_JUDGE = ("input_text", ANSWER)


def read_fields(spec: DimensionSpec) -> tuple[str, ...]:
    """Return the fields of a trace that people read: those that the judge reads, the answer as the last."""
    fields = spec.judge.reads if spec.judge is not None else WITHOUT_JUDGE
    return tuple(sorted(fields, key=lambda name: name == ANSWER))


def rating_steps(spec: DimensionSpec) -> int | None:
    """Return how many stars a graded scale has whose labels count from 1; None where labels are choices."""
    count = len(spec.scale.labels)
    counted = set(spec.scale.labels) == {str(step) for step in range(1, count + 1)}
    return count if spec.scale.kind == "graded" and counted else None


def labelling_config(spec: DimensionSpec) -> str:
    """Return the XML: rubric, texts, one control named after the dimension, and one for a rationale."""
    view = ET.Element("View")
    ET.SubElement(view, "Header", value=f"{spec.name}, rubric {spec.rubric_version}: {spec.description}")
    panel = ET.SubElement(ET.SubElement(view, "Collapse"), "Panel", value="Rubric")
    for line in filter(None, map(str.strip, spec.rubric.splitlines())):
        # A value that begins with a dollar sign would name a field of the task.
        ET.SubElement(panel, "Header", size="6", value=f" {line}" if line.startswith("$") else line)
    for name in read_fields(spec):
        ET.SubElement(view, "Header", size="5", value=name.replace("_", " "))
        ET.SubElement(view, "Text", name=name, value=f"${name}")
    asked = {"name": spec.name, "toName": read_fields(spec)[-1], "required": "true"}
    if steps := rating_steps(spec):
        ET.SubElement(view, "Rating", asked, maxRating=str(steps))
    else:
        choices = ET.SubElement(view, "Choices", asked, choice="single", showInline="true")
        for label in spec.scale.labels:
            ET.SubElement(choices, "Choice", value=label)
    about = {"name": spec.name + RATIONALE, "toName": read_fields(spec)[-1]}
    ET.SubElement(view, "TextArea", about, rows="3", maxSubmissions="1", editable="true", placeholder="Why?")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"
