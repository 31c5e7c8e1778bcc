"""What products say of a span in one form: an operation, what went in and what came out, free metadata."""

import re
from typing import Any

from behavior_pipeline.dumps.attributes import as_text
from behavior_pipeline.spans.content.count_names import COUNTS
from behavior_pipeline.spans.content.model_calls import read_request, read_response
from behavior_pipeline.spans.content.retrieved import documents, tool_arguments, tool_result

Meaning = dict[str, Any]
# An exception's class at the beginning of an error's text: `openai.RateLimitError: ...`, `ValueError('...')`.
CLASS_NAME = re.compile(r"(?:\w+\.){0,8}(\w{1,80}(?:Error|Exception|Timeout|Interrupt|Exceeded|Exit))\b")
OF_A_CALL = (*COUNTS, "model", "requested_model", "response_id", "finish_reason", "response_schema",
             "tool_definitions")  # fmt: skip


def span_meaning(operation: str, inputs: Any, outputs: Any) -> Meaning:
    """Return the meaning of what went into a span and what came out of it.

    Only model calls have tokens and a model: agents and chains repeat or sum those of the calls inside.
    """
    if operation == "execute_tool":
        result, call_id = tool_result(outputs)
        return {"tool_arguments": tool_arguments(inputs), "tool_result": result, "tool_call_id": call_id}
    if operation == "embeddings":
        return {
            name: value
            for name, value in read_request(inputs).items()
            if name in ("input_messages", "requested_model")
        }
    request = read_request(inputs)
    if operation == "retrieval":
        retrieved = documents(outputs)
        return {"documents": retrieved, "input_messages": request["input_messages"]}
    whole = {**request, **read_response(outputs)}
    return whole if operation == "chat" else {**whole, **dict.fromkeys(OF_A_CALL)}


def error_name(value: Any) -> str | None:
    """Return the class of an exception that an error's text begins with; the text itself may hold content."""
    opening = CLASS_NAME.match(value.lstrip()) if isinstance(value, str) else None
    return opening.group(1) if opening else None


def conversation(*names: Any) -> Meaning:
    """Return the first of some ids as conversation and session: products have one word for both."""
    name = next((as_text(name) for name in names if name not in (None, "")), None)
    return {"conversation_id": name, "session_id": name}
