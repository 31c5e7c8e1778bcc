"""Redacts a row of content.spans in place: before a span is stored, nothing that was found in it is left."""

from collections.abc import Iterable
from typing import Any

import orjson

from behavior_pipeline.dumps.attributes import json_text
from behavior_pipeline.redaction import json_texts
from behavior_pipeline.redaction.prefilter import may_hold
from behavior_pipeline.redaction.redactor import Redactor

Row = dict[str, Any]
WALKS: dict[str, json_texts.Walk] = {
    "input_messages": json_texts.messages,
    "output_messages": json_texts.messages,
    "tool_arguments": json_texts.anything,
    "tool_result": json_texts.anything,
    "documents": json_texts.documents,
    "tool_definitions": json_texts.definitions,
    "response_schema": json_texts.definitions,
    "attributes": json_texts.attributes,
}
TEXTS = ("system_prompt", "reasoning", "feedback", "name", "error_type", "prompt_version")
# Equal in thousands of rows: looked at once. (Never changed are response_id, tool_call_id, models and
# tool_name: they join rows, or come from the application's code.)
RECURRING = ("system_prompt", "tool_definitions", "response_schema", "name", "error_type", "prompt_version")
# These join the turns of a conversation: a value becomes the same pseudonym in every row, whatever else that
# row holds.
JOINING = ("conversation_id", "session_id")
FEWEST_WORDS = 4  # of an attribute in which names are looked for: single words are codes


def redact_row(row: Row, redactor: Redactor) -> None:
    """Redact a row; `redactions` becomes the number of values replaced by kind, as JSON text, or None."""
    redactor.take()
    for name in JOINING:
        if row[name] is not None and redactor.holds(row[name]):
            row[name] = redactor.joining(row[name])
    counts = redactor.take()
    texts = {name: row[name] for name in (*WALKS, *TEXTS) if row[name] is not None}
    suspected = list(texts) if redactor.names else _suspected(texts, redactor)
    if suspected:
        redactor.prepare(_free_texts(texts) if redactor.names else ())
    while suspected:
        texts.update({name: _redacted(name, texts[name], redactor) for name in suspected})
        suspected = []
        if (pattern := redactor.repeated()) is not None:
            again = _Repeater(redactor, pattern)
            before, texts = texts, {name: _rewritten(name, text, again) for name, text in texts.items()}
            # a value that went may have hidden one that stood against it
            suspected = [name for name in texts if texts[name] != before[name]]
    row.update(texts)
    for kind, count in redactor.take().items():
        counts[kind] = counts.get(kind, 0) + count
    row["redactions"] = json_text(counts or None)


class _Repeater:
    """Rewrites texts by what was found elsewhere in the row."""

    def __init__(self, redactor: Redactor, pattern: Any) -> None:
        self._redactor, self._pattern = redactor, pattern

    def text(self, text: str, label: str = "") -> str:
        return self._redactor.repeat(text, self._pattern)

    def joined(self, texts: list[str]) -> list[str]:
        return texts


class _WithoutNames:
    """Rewrites the values of attributes: the name model reads sentences only, and most values are codes."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def text(self, text: str, label: str = "") -> str:
        return self._redactor.text(text, label, names=len(text.split()) >= FEWEST_WORDS)

    def joined(self, texts: list[str]) -> list[str]:
        return self._redactor.joined(texts)


def _suspected(texts: Row, redactor: Redactor) -> list[str]:
    """Return the columns that have to be read; for most rows one question, of all at once, says none."""
    once = [name for name in texts if name not in RECURRING]
    suspected = [name for name in texts if name in RECURRING and redactor.holds(texts[name])]
    if may_hold("\n".join([texts[name] for name in once])):
        suspected += [name for name in once if may_hold(texts[name])]
    return suspected


def _redacted(name: str, text: str, redactor: Redactor) -> str:
    return _rewritten(name, text, _WithoutNames(redactor) if name == "attributes" else redactor)


def _rewritten(name: str, text: str, rewriter: json_texts.Rewriter) -> str:
    walk = WALKS.get(name)
    return rewriter.text(text) if walk is None else json_texts.redacted_json(text, rewriter, walk)


def _free_texts(columns: Row) -> Iterable[str]:
    """Return the strings of a row that are read for names, so that the model gets them at once."""
    strings: list[str] = []

    def collect(value: Any, label: str) -> Any:
        if isinstance(value, str):
            strings.append(value)
        return value

    for name, text in columns.items():
        if name in TEXTS:
            strings.append(text)
        elif name != "attributes":
            WALKS[name](orjson.loads(text), collect)
    return strings
