"""Writes configuration.md, dialects.md, reasons.md and tables.md from the code, so that they cannot differ.

    python docs/generate.py

A test compares the committed pages with what this script gives.
"""

import inspect
import json
import tomllib
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from behavior_pipeline import plugins
from behavior_pipeline.dimensions.folder import load_dimensions
from behavior_pipeline.dimensions.spec import DimensionSpec
from behavior_pipeline.evaluators.check import PACKAGE, Check
from behavior_pipeline.lake.schema import VIEWS
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.spans.attribute_plan import SESSION_IDS, USER_IDS
from behavior_pipeline.spans.dialect import Dialect, dialects
from behavior_pipeline.tables.contract import Table
from behavior_pipeline.tables.registry import lake_tables

FOLDER = Path(__file__).parent
NOTE = "<!-- Written by docs/generate.py; change the code or docs/keys.toml instead. -->"
WORDS = {
    str: "text", int: "integer", float: "number", bool: "true or false", Path: "path", Any: "any",
}  # fmt: skip
COMPUTED = ("name", "rubric", "rubric_digest")
ENVIRONMENT = (
    ("BEHAVIOR_PIPELINE_DATA", "The data root; default `data`."),
    ("BEHAVIOR_PIPELINE_CONFIG", "The configuration file; default `pipeline.toml` of the working directory."),
    ("BEHAVIOR_PIPELINE_POSTGRES_URL", "A PostgreSQL of your own instead of the embedded one."),
    (
        "BEHAVIOR_PIPELINE_<KEY>",
        "Any key, levels joined by `__`, as `..._JUDGING__CONCURRENCY=4`; lists and tables as JSON.",
    ),
    (
        "BEHAVIOR_PIPELINE_PSEUDONYM_KEY",
        "The key of user pseudonyms; `privacy.key_variable` may name another.",
    ),
    ("OPENAI_API_KEY", "The key of the `openai` judge; `judging.api_key_variable` may name another."),
    (
        "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AWS_DEFAULT_REGION, "
        "AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL",
        "Access to S3, for `lake_path` and `sources.root` that begin with `s3://`; without keys, requests "
        "are unsigned. Profiles and metadata services are not asked.",
    ),
    ("DAGSTER_HOME", "The folder with dagster.yaml; default: the checkout."),
    ("TMPDIR", "Where the embedded server's socket lies when the data root's path is too long for one."),
)
CONFIGURATION = """# Configuration

`pipeline.toml` holds what a team decides once. Every key has a default; an unknown key is an error. The
environment stands above the file, the file above the defaults. `--data DIR` takes `DIR/pipeline.toml` if
there is one. What belongs to one dimension lies in its folder, `behavior_pipeline/defs/dimensions/<name>/`;
`[dimensions.<name>]` overrides it."""
REASONS = """# Reasons

Why a value is missing, a record was quarantined, an alert was held back or a gate moved: one word, and one
sentence for people. The words stand in columns like `missing_reason`, `reason` and `suppressed_reason`.

| word | meaning |
| --- | --- |"""
TABLES = """# Tables

What the lake holds. Every column is part of a contract that is enforced at the lake's door: rows that break
it are refused. `content` tables hold user text and are never published; `analysis` tables hold none and are
all in `behavior.duckdb`, without the schema's name. Rows are replaced by partition; the grain is unique.
JSON columns are text. `meaning` says what a column holds, its unit and when it is NULL; `rule` what the
contract asks of its values. Dagster shows the same meanings in the column schema of each asset."""
DIALECTS = """# Dialects

Which attribute conventions of OpenTelemetry traces are read, and what each of them records. The first
dialect that recognises a span, by its attributes and then by its scope's name, reads it; the next ones read
what it does not, and fill what it left missing: messages of one convention beside counts of another are both
read, and none is read twice. Several dialects in one trace are normal. `yes`: the concept is read. `partly`:
read, but the convention loses it in some cases, told below. `-`: the convention does not record it, so it is
missing, never 0.

Whatever the dialect: of chat spans above each other (a framework's above a client's) the lowest is the model
call; tokens are summed over successful model calls only, never over agents or workflows; 0 tokens in and 0
out of a successful call are missing; a retry inside of the client is one call, one by the application two."""
CONCEPTS = {
    "operation": "kind of span", "input_messages": "input messages", "output_messages": "output messages",
    "system_prompt": "system prompt", "reasoning": "reasoning", "refusal": "refusal is marked",
    "finish_reason": "finish reason", "requested_model": "model asked", "model": "model that answered",
    "response_id": "response id", "input_tokens": "input tokens", "output_tokens": "output tokens",
    "cached_tokens": "cached tokens", "cache_written_tokens": "tokens written to a cache",
    "cache_written_1h_tokens": "tokens cached for an hour", "reasoning_tokens": "reasoning tokens",
    "audio_input_tokens": "audio tokens read", "audio_output_tokens": "audio tokens written",
    "tool_name": "tool name",
    "tool_call_id": "tool call id", "tool_arguments": "tool arguments", "tool_result": "tool result",
    "tool_definitions": "tools offered", "documents": "documents", "response_schema": "schema of the answer",
    "conversation_id": "conversation", "session_id": "session", "user_id": "user",
    "prompt_version": "prompt version", "error_type": "error", "unpacked": "metadata unpacked",
}  # fmt: skip
OF_EVERY_SPAN = {"session_id": SESSION_IDS, "user_id": USER_IDS, "error_type": ("status",)}
VIEW_NOTES = {
    "scores": "All `scores_<dimension>` with a column `dimension`.",
    "version_tuples": "Each version tuple with the first and the last day on which it was seen.",
    "alerts": "The latest row of each alert.",
}
LEDGER = """## Beside the lake, in PostgreSQL

Written row by row, not part of the published copy: the judgement cache (`judgements`, one row a question,
so that each is paid once; it holds rationales, which are user text) and the delivery ledger
(`alert_deliveries`, one row an attempt)."""


def pages() -> dict[str, str]:
    """Return the text of each generated page by its file name."""
    return {
        "configuration.md": configuration(),
        "dialects.md": dialects_page(),
        "reasons.md": "\n".join(
            [_noted(REASONS), *(f"| `{reason}` | {_cell(reason.hint)} |" for reason in Reason)]
        )
        + "\n",
        "tables.md": tables(),
    }


def configuration() -> str:
    """Return the page of all keys."""
    meanings = _flat(tomllib.loads((FOLDER / "keys.toml").read_text(encoding="utf-8")))
    keys = {f"{name}": row for name, row in _keys(Settings)}
    attributes = {f"dimension.{name}": row for name, row in _keys(DimensionSpec)}
    known = {*keys, *attributes}
    if known != set(meanings):
        raise SystemExit(
            f"keys.toml lacks {sorted(known - set(meanings))}, has {sorted(set(meanings) - known)}"
        )
    lines = [_noted(CONFIGURATION), "", "## pipeline.toml", "", *_table(keys, meanings, "")]
    lines += [
        "",
        "## Attributes of a dimension",
        "",
        "In `attributes:` of defs.yaml, or below `[dimensions.<name>]`.",
    ]
    shown = {name: row for name, row in attributes.items() if name.removeprefix("dimension.") not in COMPUTED}
    lines += ["", *_table(shown, meanings, "dimension.")]
    lines += ["", "## Checks and their parameters", ""]
    for name, check in plugins.discover(PACKAGE, Check).items():
        lines += _check(name, check)
    lines += ["## Environment", "", "| variable | meaning |", "| --- | --- |"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in ENVIRONMENT]
    return "\n".join(lines) + "\n"


def tables() -> str:
    """Return the page of all tables, one scores table standing for those of all dimensions."""
    named = lake_tables(["<dimension>"])
    names = ", ".join(f"`{name}`" for name in load_dimensions({}))
    lines = [_noted(TABLES), "", f"Dimensions of this version: {names}.", ""]
    for schema in ("content", "analysis"):
        lines += [f"## {schema}", ""]
        for table in sorted((t for t in named.values() if t.schema == schema), key=lambda t: t.name):
            lines += _described(table)
    lines += ["## Views of analysis", "", "| view | rows |", "| --- | --- |"]
    lines += [f"| `{name}` | {VIEW_NOTES[name]} |" for name in VIEWS]
    return "\n".join([*lines, "", LEDGER]) + "\n"


def dialects_page() -> str:
    """Return the page of dialects: each with each concept, and what each loses."""
    known = {name: dialect for name, dialect in sorted(dialects().items()) if name != "plain"}
    lines = [_noted(DIALECTS), "", "| concept | " + " | ".join(f"`{name}`" for name in known) + " |"]
    lines.append("| --- |" + " --- |" * len(known))
    for concept, label in CONCEPTS.items():
        cells = " | ".join(_support(dialect, concept) for dialect in known.values())
        lines.append(f"| {label} | {cells} |")
    for name, dialect in known.items():
        lines += [
            "",
            f"## {dialect.title}",
            "",
            f"`{name}`",
            "",
            "| concept | read from | lost |",
            "| --- | --- | --- |",
        ]
        for concept, label in CONCEPTS.items():
            keys = ", ".join(f"`{key}`" for key in _read_from(dialect, concept))
            lines.append(f"| {label} | {keys or '-'} | {_cell(dialect.lost.get(concept, ''))} |")
    return "\n".join(lines) + "\n"


def _support(dialect: Dialect, concept: str) -> str:
    if not _read_from(dialect, concept):
        return "-"
    return "partly" if concept in dialect.lost else "yes"


def _read_from(dialect: Dialect, concept: str) -> tuple[str, ...]:
    return (*dialect.sources.get(concept, ()), *OF_EVERY_SPAN.get(concept, ()))


def _keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield each key with its type and default; sections are walked, lists and tables of sections too."""
    for name, field in model.model_fields.items():
        inner, path = _section(field.annotation)
        if inner is not field.annotation:  # a section itself has nothing to say beside its keys
            yield prefix + name, (_type(field), _default(field))
        if inner is not None:
            yield from _keys(inner, f"{prefix}{name}{path}.")


def _section(annotation: Any) -> tuple[type[BaseModel] | None, str]:
    """Return the model below a key, and how a table of such models is written."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation, ""
    inner = [_section(argument)[0] for argument in typing.get_args(annotation)]
    section = next((model for model in inner if model), None)
    return section, ".*" if section and typing.get_origin(annotation) is dict else ""


def _type(field: FieldInfo) -> str:
    bounds = [_bound(entry) for entry in field.metadata]
    return " ".join([_named(field.annotation), *filter(None, bounds)])


def _named(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None:
        section = inspect.isclass(annotation) and issubclass(annotation, BaseModel)
        return "section" if section else WORDS.get(annotation, str(annotation))
    if origin in (typing.Union, types.UnionType, Literal):
        given = [one for one in arguments if one is not type(None)]
        return " or ".join(f"`{one}`" if origin is Literal else _named(one) for one in given)
    if origin is typing.Annotated:
        bounds = " ".join(filter(None, (_bound(entry) for entry in _constraints(arguments[1:]))))
        return f"{_named(arguments[0])} {bounds}".strip()
    return f"list of {_named(arguments[0])}" if origin is tuple else f"table of {_named(arguments[1])}"


def _constraints(entries: tuple[Any, ...]) -> Iterator[Any]:
    for entry in entries:
        yield from entry.metadata if isinstance(entry, FieldInfo) else (entry,)


def _bound(entry: Any) -> str:
    signs = {
        annotated_types.Ge: ("ge", "≥"),
        annotated_types.Gt: ("gt", ">"),
        annotated_types.Le: ("le", "≤"),
    }
    for kind, (name, sign) in signs.items():
        if isinstance(entry, kind):
            return f"{sign} {getattr(entry, name)}"
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    return "" if value is None else f"`{json.dumps(_plain(value), ensure_ascii=False)}`"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_defaults=True)
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value


def _table(keys: Mapping[str, tuple[str, str]], meanings: Mapping[str, str], prefix: str) -> list[str]:
    rows = [
        f"| `{name.removeprefix(prefix)}` | {_cell(kind)} | {_cell(default)} | {_cell(meanings[name])} |"
        for name, (kind, default) in keys.items()
    ]
    return ["| key | type | default | meaning |", "| --- | --- | --- | --- |", *rows]


def _check(name: str, check: Check) -> list[str]:
    module = inspect.getmodule(check.evaluate)
    first = (inspect.getdoc(module) or "").splitlines()[0]
    lines = [
        f"### {name}",
        "",
        first,
        "",
        "| parameter | type | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for key, field in check.parameters.model_fields.items():
        meaning = _cell(field.description or "")
        lines.append(f"| `{key}` | {_cell(_type(field))} | {_cell(_default(field))} | {meaning} |")
    return [*lines, ""]


def _described(table: Table) -> list[str]:
    grain, partition = (", ".join(f"`{name}`" for name in names) for names in (table.key, table.partition))
    head = f"Grain: {grain}. Partition: {partition or 'none, rows are added'}."
    lines = [f"### {table.name}", "", table.description, "", head, ""]
    lines += ["| column | type | NULL | meaning | rule |", "| --- | --- | --- | --- | --- |"]
    for name, kind in table.sql_types().items():
        column = table.columns[name]
        rules = ", ".join(_rule(check) for check in column.checks or ())
        cells = (f"`{name}`", kind, "yes" if column.nullable else "", str(column.description), rules)
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return [*lines, ""]


def _rule(check: Any) -> str:
    limits = check.statistics or {}
    if "allowed_values" in limits:
        words = list(limits["allowed_values"])
        if set(words) == {str(reason) for reason in Reason}:
            return "a word of reasons.md"
        return "one of " + ", ".join(f"`{word}`" for word in words)
    if "max_value" in limits:
        return f"from {limits['min_value']} to {limits['max_value']}"
    return f"at least {limits['min_value']}" if "equal" in check.name else f"above {limits['min_value']}"


def _flat(entries: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in entries.items()}


def _noted(head: str) -> str:
    title, _, rest = head.partition("\n")
    return f"{title}\n\n{NOTE}\n{rest}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write the pages."""
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
