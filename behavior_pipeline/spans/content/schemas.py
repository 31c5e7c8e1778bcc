"""The JSON Schema that a request asks the answer to fit, in whatever parameter of an API it stands."""

from collections.abc import Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import as_list, json_text, mapping, parsed

# Parameters of APIs and frameworks, and the settings in which they may stand.
PARAMETERS = (
    "response_format", "text", "output_config", "outputConfig", "output_format", "format", "response_schema",
    "responseSchema", "response_json_schema", "responseJsonSchema", "ls_structured_output_format",
)  # fmt: skip
SETTINGS = ("config", "generationConfig", "generation_config", "generation_kwargs", "options",
            "invocation_params", "kwargs")  # fmt: skip
# What is put around a schema.
WRAPPERS = ("format", "textFormat", "structure", "json_schema", "jsonSchema", "schema", "strict_schema")
TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
SHAPES = ("$defs", "$ref", "properties", "anyOf", "oneOf", "allOf", "enum", "const")


def response_schema(request: Mapping[str, Any]) -> str | None:
    """Return the schema that a request asks for; of a mode (text, any JSON) there is none."""
    for holder in (request, *(mapping(parsed(request.get(name))) for name in SETTINGS)):
        for name in PARAMETERS:
            if (schema := unwrapped_schema(holder.get(name))) is not None:
                return schema
    return None


def unwrapped_schema(value: Any) -> str | None:
    """Return a JSON Schema, unwrapped from the parameter of an API where it stands in one."""
    schema = parsed(value)
    for _ in WRAPPERS:
        if not isinstance(schema, dict) or "properties" in schema:
            break
        inside = (parsed(schema[name]) for name in WRAPPERS if name in schema)
        schema = next((inner for inner in inside if isinstance(inner, dict)), schema)
    return json_text(in_json_schema(schema)) if _is_schema(schema) else None


def _is_schema(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    kinds = as_list(value.get("type")) or []
    named = [kind.lower() for kind in kinds if isinstance(kind, str)]
    return (bool(named) and TYPES.issuperset(named)) or any(name in value for name in SHAPES)


def in_json_schema(schema: Any) -> Any:
    """Return a schema with its types in JSON Schema's words: Gemini writes them in capitals."""
    if isinstance(schema, list):
        return [in_json_schema(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: value.lower()
        if name == "type" and isinstance(value, str) and value.lower() in TYPES
        else in_json_schema(value)
        for name, value in schema.items()
    }
