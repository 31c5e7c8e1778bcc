"""What a trace says: the user's request, the final answer, system prompt, documents and tool calls."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from behavior_pipeline.traces.attributes import as_text, json_text, parsed
from behavior_pipeline.traces.messages import Message, texts

Span = dict[str, Any]


def loaded(text: str | None) -> list[Any]:
    """Return the list that a JSON column holds; NULL and anything else are an empty list."""
    value = orjson.loads(text) if text else None
    return value if isinstance(value, list) else []


def user_texts(history: Sequence[Message]) -> list[str]:
    """Return the texts of the user's messages in order; tool results sent as user are none of them."""
    said = [texts(message, "text") for message in history if message.get("role") == "user"]
    return [text for text in said if text]


def answer_text(answers: Sequence[Message]) -> str | None:
    """Return the assistant's text; a refusal part is text, too. None where there is none."""
    said = [texts(message, "text", "refusal") for message in answers if message.get("role") != "user"]
    return "\n".join(filter(None, said)) or None


def has_refusal_part(answers: Sequence[Message]) -> bool:
    """Return whether the model marked its answer as a refusal."""
    return any(part.get("type") == "refusal" for message in answers for part in message["parts"])


def documents(spans: Iterable[Span]) -> str | None:
    """Return all retrieved documents as {id, content, score}, each id once; NULL where none has content."""
    found: dict[str, dict[str, Any]] = {}
    for span in spans:
        for number, item in enumerate(loaded(span["documents"])):
            document = item if isinstance(item, dict) else {"content": item}
            content = document.get("content") or document.get("page_content") or document.get("text")
            if content is None:
                continue
            name = str(document.get("id") or f"{span['span_id']}-{number}")
            found[name] = {"id": name, "content": as_text(content), "score": document.get("score")}
    return json_text(list(found.values())) if found else None


def tool_definitions(spans: Iterable[Span]) -> str | None:
    """Return the tools that were offered, each name once, as {name, description, parameters}."""
    found: dict[str, dict[str, Any]] = {}
    for span in spans:
        for item in loaded(span["tool_definitions"]):
            tool = item.get("function", item) if isinstance(item, dict) else {}
            if isinstance(tool, dict) and isinstance(tool.get("name"), str):
                found[tool["name"]] = {key: tool.get(key) for key in ("name", "description", "parameters")}
    return json_text(list(found.values())) if found else None


def tool_calls(spans: Sequence[Span]) -> str | None:
    """Return the calls in the order in which they were asked, with their results; NULL where there is none.

    A call stands in the model's answer and again on its execute_tool span: the id says that they are one.
    """
    results = dict(_responses(spans))
    executed = [span for span in spans if span["operation"] == "execute_tool"]
    by_id = {span["tool_call_id"]: span for span in executed if span["tool_call_id"]}
    asked = {call["id"] or f"asked-{number}": call for number, call in enumerate(_asked(spans))}
    found = []
    for call_id, call in asked.items():
        span = by_id.pop(call_id, None)
        result = results.get(call_id) if span is None else parsed(span["tool_result"]) or results.get(call_id)
        found.append({**call, "result": result, "error": span["error_type"] if span else None})
    ids_asked = set(asked)
    names_without_id = [call["name"] for call in asked.values() if not call["id"]]
    for span in executed:
        if span["tool_call_id"] in ids_asked or (
            not span["tool_call_id"] and span["tool_name"] in names_without_id
        ):
            continue
        found.append(
            {
                "id": span["tool_call_id"], "name": span["tool_name"] or span["name"],
                "arguments": parsed(span["tool_arguments"]), "result": parsed(span["tool_result"]),
                "error": span["error_type"],
            }
        )  # fmt: skip
    return json_text(found) if found else None


def _asked(spans: Sequence[Span]) -> list[dict[str, Any]]:
    calls = []
    for span in spans:
        for message in loaded(span["output_messages"]) if span["operation"] == "chat" else ():
            for part in message["parts"]:
                if part["type"] == "tool_call":
                    arguments = parsed(part.get("arguments"))
                    calls.append({"id": part.get("id"), "name": part.get("name"), "arguments": arguments})
    return calls


def _responses(spans: Sequence[Span]) -> Iterable[tuple[str, Any]]:
    for span in spans:
        for message in loaded(span["input_messages"]) if span["operation"] == "chat" else ():
            for part in message["parts"]:
                if part["type"] == "tool_call_response" and part.get("id"):
                    yield part["id"], parsed(part.get("response", part.get("result")))
