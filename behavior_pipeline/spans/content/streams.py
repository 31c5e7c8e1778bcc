"""Puts a streamed answer together from its chunks, in the form that the same API gives without a stream."""

from collections.abc import Mapping, Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import mapping

Chunk = Mapping[str, Any]
CALL = ("name", "arguments")


def joined(chunks: Sequence[Any]) -> dict[str, Any] | None:
    """Return the whole answer of chunks of a chat, responses or messages API; None for any other list."""
    events = [mapping(chunk) for chunk in chunks]
    if not all(events):
        return None
    kinds = {str(event.get("type")) for event in events}
    if any(kind.startswith("response.") for kind in kinds):
        return _responses(events)
    if "content_block_delta" in kinds:
        return _messages(events)
    deltas = [choice for event in events for choice in _choices(event) if "delta" in choice]
    return _chat(events, deltas) if deltas else None


def _choices(event: Chunk) -> list[dict[str, Any]]:
    listed = event.get("choices")
    return [mapping(choice) for choice in listed] if isinstance(listed, list) else []


def _chat(events: Sequence[Chunk], deltas: Sequence[Chunk]) -> dict[str, Any]:
    answers: dict[Any, dict[str, Any]] = {}
    for choice in deltas:
        answer = answers.setdefault(str(choice.get("index", 0)), {"message": {"role": "assistant"}})
        _add(answer["message"], mapping(choice.get("delta")))
        answer["finish_reason"] = choice.get("finish_reason") or answer.get("finish_reason")
    beside = {name: event[name] for event in events for name in ("id", "model", "usage") if event.get(name)}
    return {**beside, "choices": [_with_calls(answer) for answer in answers.values()]}


def _add(message: dict[str, Any], delta: Chunk) -> None:
    for name in ("content", "refusal", "reasoning_content", "reasoning"):
        if isinstance(delta.get(name), str):
            message[name] = message.get(name, "") + delta[name]
    pieces = delta.get("tool_calls")
    for call in map(mapping, pieces if isinstance(pieces, list) else ()):
        calls = message.setdefault("calls", {})
        whole = calls.setdefault(str(call.get("index", 0)), {"id": None, "function": dict.fromkeys(CALL, "")})
        whole["id"] = whole["id"] or call.get("id")
        function = mapping(call.get("function"))
        for name in CALL:
            whole["function"][name] += function[name] if isinstance(function.get(name), str) else ""


def _with_calls(answer: dict[str, Any]) -> dict[str, Any]:
    message = dict(answer["message"])
    if calls := message.pop("calls", None):
        message["tool_calls"] = list(calls.values())
    return {**answer, "message": message}


def _responses(events: Sequence[Chunk]) -> dict[str, Any] | None:
    """Return the response that the last event of a stream repeats whole."""
    whole = [mapping(event.get("response")) for event in events if isinstance(event.get("response"), dict)]
    done = [response for response in whole if response.get("output")]
    return done[-1] if done else None


def _messages(events: Sequence[Chunk]) -> dict[str, Any]:
    """Return the message that Anthropic's events build: its beginning, blocks, and why it ended."""
    message: dict[str, Any] = {"role": "assistant"}
    blocks: dict[Any, dict[str, Any]] = {}
    for event in events:
        delta = mapping(event.get("delta"))
        if event.get("type") == "message_start":
            message |= mapping(event.get("message"))
        elif event.get("type") == "content_block_start":
            blocks[str(event.get("index"))] = dict(mapping(event.get("content_block")))
        elif event.get("type") == "content_block_delta":
            block = blocks.setdefault(str(event.get("index")), {"type": "text"})
            for name, field in (("text", "text"), ("thinking", "thinking"), ("partial_json", "input")):
                if isinstance(delta.get(name), str):
                    before = block.get(field)
                    block[field] = (before if isinstance(before, str) else "") + delta[name]
        elif event.get("type") == "message_delta" and delta.get("stop_reason"):
            message["stop_reason"] = delta["stop_reason"]
    return {**message, "content": list(blocks.values())}
