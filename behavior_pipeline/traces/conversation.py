"""What a trace says: the user's request, the final answer, documents and tools."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from behavior_pipeline.dumps.attributes import as_text, json_text
from behavior_pipeline.spans.content.media import media_of
from behavior_pipeline.spans.content.messages import Message, texts
from behavior_pipeline.spans.content.retrieved import CONTENT_KEYS
from behavior_pipeline.spans.content.withheld import TRUNCATED, is_placeholder
from behavior_pipeline.traces.span_tree import Span

SCHEMA_KEYS = ("parameters", "input_schema", "inputSchema", "parameters_json_schema")


def loaded(text: str | None) -> list[Any]:
    """Return the list that a JSON column holds; NULL and anything else are an empty list."""
    value = orjson.loads(text) if text else None
    return value if isinstance(value, list) else []


def user_texts(history: Sequence[Message]) -> list[str]:
    """Return the texts of the user's messages in order; tool results sent as user are none of them."""
    contents = [texts(message, "text") for message in history if message["role"] == "user"]
    return [text for text in contents if text and not is_placeholder(text)]


def answer_text(answers: Sequence[Message]) -> str | None:
    """Return the first answer with a text (others are alternatives); a refusal part is text, too."""
    contents = (texts(message, "text", "refusal") for message in answers if message["role"] == "assistant")
    return next((text for text in contents if text and not is_placeholder(text)), None)


def is_truncated(messages: Sequence[Message]) -> bool:
    """Return whether messages were cut on their way."""
    return any(part["type"] == TRUNCATED["type"] for message in messages for part in message["parts"])


def is_hidden(messages: Sequence[Message]) -> bool:
    """Return whether messages hold a placeholder where a text was."""
    return any(is_placeholder(part.get("content")) for message in messages for part in message["parts"])


def media(*sides: Sequence[Message]) -> str | None:
    """Return what messages hold beside text: a JSON list of {type, mime_type, bytes}; NULL where nothing."""
    parts = (part for side in sides for message in side for part in message["parts"])
    return json_text([one for part in parts if (one := media_of(part)) is not None] or None)


def has_refusal_part(answers: Sequence[Message]) -> bool:
    """Return whether the model marked its answer as a refusal."""
    return any(part["type"] == "refusal" for message in answers for part in message["parts"])


def was_captured(span: Span) -> bool:
    """Return whether a span holds any text of a conversation, not only the names of tools."""
    return any(
        part.get(key) is not None and not is_placeholder(part[key])
        for column in ("input_messages", "output_messages")
        for message in loaded(span[column])
        for part in message["parts"]
        for key in ("content", "arguments", "response")
    )


def documents(spans: Iterable[Span]) -> str | None:
    """Return the retrieved documents as {id, content, score}, each once; NULL where none has content."""
    by_content: dict[tuple[Any, str], dict[str, Any]] = {}
    for span in spans:
        for number, item in enumerate(loaded(span["documents"])):
            document = _document(item)
            content = next((document[key] for key in CONTENT_KEYS if document.get(key) is not None), None)
            if content is None or is_placeholder(content):
                continue
            text, given = as_text(content) or "", _document_id(document)
            name = given or f"{span['span_id']}-{number}"
            by_content.setdefault(
                (given, text), {"id": name, "content": text, "score": document.get("score")}
            )
    return json_text(list(by_content.values())) if by_content else None


def _document(item: Any) -> dict[str, Any]:
    """Return a document as an object; LangChain's serialised ones and search hits are unwrapped."""
    if not isinstance(item, dict):
        return {"content": item}
    inner = next(
        (item[key] for key in ("kwargs", "document", "node") if isinstance(item.get(key), dict)), None
    )
    return item if inner is None else {"score": item.get("score"), **inner}


def _document_id(document: dict[str, Any]) -> str | None:
    given = document.get("id")
    if given is None and isinstance(document.get("metadata"), dict):
        given = document["metadata"].get("id")
    return None if given is None else str(given)


def tool_definitions(spans: Iterable[Span]) -> str | None:
    """Return the tools that were offered, each name once, as {name, description, parameters}.

    NULL where some were cut off: a call of one of these would read as a call of nothing.
    """
    by_name: dict[str, dict[str, Any]] = {}
    for text in {span["tool_definitions"]: None for span in spans if span["tool_definitions"]}:
        for item in loaded(text):
            if item == TRUNCATED:
                return None
            tool = item.get("function", item) if isinstance(item, dict) else {}
            if isinstance(tool, dict) and isinstance(tool.get("name"), str):
                schema = next((tool[key] for key in SCHEMA_KEYS if tool.get(key) is not None), None)
                by_name[tool["name"]] = {
                    "name": tool["name"],
                    "description": tool.get("description"),
                    "parameters": schema,
                }
    return json_text(list(by_name.values())) if by_name else None
