"""Reads dimension folders: `<name>/defs.yaml` and `<name>/rubric.md`, with the overrides of pipeline.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.provenance.digests import short_digest

FOLDER = Path(__file__).parents[1] / "defs" / "dimensions"


def load_dimensions(
    overrides: Mapping[str, Mapping[str, Any]], folder: Path = FOLDER
) -> dict[str, DimensionSpec]:
    """Return every dimension of a folder by name, in the order of the names."""
    specs = {}
    for path in sorted(folder.glob("*/defs.yaml")):
        spec = build_spec(path.parent, _attributes(path), overrides)
        specs[spec.name] = spec
    if unknown := sorted(set(overrides) - set(specs)):
        raise ConfigError(
            happened=f"pipeline.toml overrides dimensions that do not exist: {unknown}",
            kept="nothing was run",
            remedy=f"rename or remove them; there are {sorted(specs)}",
        )
    return specs


def _attributes(path: Path) -> Mapping[str, Any]:
    """Return what `attributes:` of a defs.yaml holds."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(
            happened=f"dimension {path.parent.name} has a defs.yaml that is not YAML: {error}",
            kept="nothing was run",
            remedy=f"mend {path.parent.name}/defs.yaml",
        ) from None
    attributes = document.get("attributes") if isinstance(document, dict) else None
    return attributes if isinstance(attributes, dict) else {}


def build_spec(
    folder: Path, attributes: Mapping[str, Any], overrides: Mapping[str, Mapping[str, Any]]
) -> DimensionSpec:
    """Return the spec of one folder; its rubric is read as text and never passes a template engine."""
    name = folder.name
    override = overrides.get(name, {})
    merged = deep_merge({"name": name, **attributes}, override)
    if "scale" in override:  # half of one scale and half of another would be neither
        merged["scale"] = override["scale"]
    rubric_file = folder / "rubric.md"
    rubric = rubric_file.read_text(encoding="utf-8") if rubric_file.is_file() else ""
    if merged.get("judge") and not rubric.strip():
        raise ConfigError(
            happened=f"dimension {name} has a judge but no {rubric_file.name}",
            kept="nothing was run",
            remedy=f"write the rubric in {name}/rubric.md, as people would read it",
        )
    try:
        return DimensionSpec.model_validate(
            {**merged, "rubric": rubric, "rubric_digest": short_digest(rubric, length=8)}
        )
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'dimension'}: {problem['msg']}"
            for problem in error.errors()
        )
        raise ConfigError(
            happened=f"dimension {name} is not valid: {problems}",
            kept="nothing was run",
            remedy=f"mend {name}/defs.yaml or [dimensions.{name}] in pipeline.toml",
        ) from None


def deep_merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return base with over laid upon it; mappings merge, everything else is replaced."""
    merged = dict(base)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, Mapping) and isinstance(value, Mapping)
        merged[key] = deep_merge(below, value) if both else value  # type: ignore[arg-type]
    return merged
