"""OpenInference (Arize, Phoenix): messages flattened or in lists, beside the raw request and response."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from behavior_pipeline.dumps.attributes import (
    as_json,
    as_object,
    as_text,
    first,
    json_text,
    nested,
    numbered,
    parsed,
    read,
    readers,
)
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.count_names import COUNTS
from behavior_pipeline.spans.content.message_parts import tool_result
from behavior_pipeline.spans.content.messages import Message, message
from behavior_pipeline.spans.content.model_calls import (
    model_of,
    request_messages,
    request_tools,
    response_body,
    tools_as_given,
    usage_records,
)
from behavior_pipeline.spans.content.schemas import response_schema
from behavior_pipeline.spans.content.turns import answers, questions
from behavior_pipeline.spans.content.usage import completed, counted_alike, counts_of, settle
from behavior_pipeline.spans.conventions.meanings import KINDS, part_of_usage, talk
from behavior_pipeline.spans.dialect import Dialect, Signs

KIND, INPUT, OUTPUT = "openinference.span.kind", "input.value", "output.value"
PARAMETERS = "llm.invocation_parameters"
METADATA = "metadata"
ASKED_DETAILS, ANSWERED_DETAILS = "llm.token_count.prompt_details.", "llm.token_count.completion_details."
OPERATIONS = {
    "LLM": "chat",
    "EMBEDDING": "embeddings",
    "TOOL": "execute_tool",
    "RETRIEVER": "retrieval",
    "RERANKER": "retrieval",
    "AGENT": "invoke_agent",
    "GUARDRAIL": "guardrail",
    "EVALUATOR": "evaluator",
}
SOURCES: dict[str, tuple[str, ...]] = {
    "operation": (KIND,),
    "error_type": ("error.type",),
    "requested_model": (PARAMETERS, INPUT, "llm.model_name", "embedding.model_name"),
    "model": (OUTPUT, "llm.model_name", "embedding.model_name"),
    "response_id": (OUTPUT,),
    "input_tokens": ("llm.token_count.prompt", OUTPUT),
    "output_tokens": ("llm.token_count.completion", OUTPUT),
    "cached_tokens": (f"{ASKED_DETAILS}cache_read", f"{ASKED_DETAILS}cache_input", OUTPUT),
    "cache_written_tokens": (f"{ASKED_DETAILS}cache_write", OUTPUT),
    "reasoning_tokens": (f"{ANSWERED_DETAILS}reasoning", OUTPUT),
    "audio_input_tokens": (f"{ASKED_DETAILS}audio", OUTPUT),
    "audio_output_tokens": (f"{ANSWERED_DETAILS}audio", OUTPUT),
    "total_tokens": ("llm.token_count.total",),
    "finish_reason": ("llm.finish_reason", OUTPUT),
    "tool_name": ("tool.name",),
    "tool_call_id": ("tool.id", "tool_call.id", OUTPUT),
    "tool_arguments": ("tool_call.function.arguments", INPUT),
    "tool_result": (OUTPUT,),
    "input_messages": ("llm.input_messages", "llm.input_messages.*", "llm.prompts", "llm.prompts.*", INPUT),
    "output_messages": (
        "llm.output_messages", "llm.output_messages.*", "llm.choices", "llm.choices.*", OUTPUT,
    ),
    "refusal": (OUTPUT,),
    "reasoning": ("llm.output_messages", "llm.output_messages.*", OUTPUT),
    "system_prompt": ("llm.input_messages", "llm.input_messages.*", INPUT),
    "documents": (
        "retrieval.documents", "retrieval.documents.*",
        "reranker.output_documents", "reranker.output_documents.*",
    ),
    "tool_definitions": ("llm.tools", "llm.tools.*", PARAMETERS, INPUT),
    "response_schema": (PARAMETERS, INPUT),
    "conversation_id": (METADATA,),
    "session_id": ("session.id", METADATA),
    "user_id": ("user.id", METADATA),
    "prompt_version": ("llm.prompt_template.version",),
    "unpacked": (METADATA, OUTPUT),
    # said by other attributes, or of no use to anyone: vectors
    "dropped": ("input.mime_type", "output.mime_type", "embedding.embeddings", "embedding.embeddings.*",
                "embedding.vector"),
}  # fmt: skip
KEYS_BY_THEMSELVES = (
    "error_type", *COUNTS, "total_tokens", "session_id", "user_id", "prompt_version",
)  # fmt: skip
READERS = readers(
    {
        name: tuple(key for key in SOURCES[name] if key not in (OUTPUT, METADATA))
        for name in KEYS_BY_THEMSELVES
        if name in SOURCES
    },
    {name: KINDS[name] for name in KEYS_BY_THEMSELVES},
    part_of_usage,
)
IDENTITIES = {
    "user_id": ("user_id", "userId", "user.id", "user"),
    "session_id": ("session_id", "sessionId", "session.id"),
    "conversation_id": ("thread_id", "conversation_id", "conversationId"),
}


def recognises(signs: Signs) -> bool:
    """Return whether the span says what kind it is, or one of these instrumentations made it."""
    return KIND in signs.keys or signs.scope.startswith("openinference.")


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a span, whatever its kind."""
    attributes = span.attributes
    kind = attributes.get(KIND)
    operation = OPERATIONS.get(kind.upper(), "other") if isinstance(kind, str) else "other"
    content = PARTS[operation](span)
    meanings = settle(read(attributes, READERS), attributes)
    if counted_alike(meanings, content):
        meanings = completed(meanings, content)
    meanings |= {name: value for name, value in content.items() if value is not None and name not in COUNTS}
    meanings["operation"] = operation
    if METADATA in attributes:
        _unpack_metadata(attributes[METADATA], meanings)
    return meanings


def _unpack_metadata(value: Any, meanings: dict[str, Any]) -> None:
    """Put metadata among the attributes, but who the user is where identities belong."""
    metadata = as_object(value)
    for name, keys in IDENTITIES.items():
        if (identity := as_text(first(metadata, keys))) is not None:
            meanings.setdefault(name, identity)
    known = {key for keys in IDENTITIES.values() for key in keys}
    rest = {f"{METADATA}.{key}": inner for key, inner in metadata.items() if key not in known}
    if rest:
        meanings["unpacked"] = {**meanings.get("unpacked", {}), **rest}


class _Raw(NamedTuple):
    """What an LLM span keeps whole: parameters, request, response, and what LangChain says of the last."""

    parameters: dict[str, Any]
    request: dict[str, Any]
    response: dict[str, Any]
    output: dict[str, Any]


def _model_call(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of an LLM span: its messages, and what only the raw request or response says."""
    attributes = span.attributes
    response = response_body(attributes.get(OUTPUT))
    output = _langchain_metadata(response) | as_object(response.get("llm_output"))
    raw = _Raw(as_object(attributes.get(PARAMETERS)), as_object(attributes.get(INPUT)), response, output)
    said_in_response = answers(attributes.get(OUTPUT))
    back = _answers(attributes, said_in_response)
    reasons = [
        attributes.get("llm.finish_reason"),
        *(one.get("finish_reason") for one in said_in_response),
        _ending(response, said_in_response),
    ]
    meanings = talk(_questions(attributes), back, reasons=reasons) | _models(span, raw, back)
    meanings["response_id"] = as_text(
        first(response, ("id", "responseId", "response_id")) or output.get("id")
    )
    meanings |= counts_of(usage_records(response, output))
    asking = (raw.parameters, raw.request)
    meanings["tool_definitions"] = _tools(attributes) or next(filter(None, map(request_tools, asking)), None)
    meanings["response_schema"] = next(filter(None, map(response_schema, asking)), None)
    if fingerprint := response.get("system_fingerprint") or output.get("system_fingerprint"):
        meanings["unpacked"] = {"openai.response.system_fingerprint": fingerprint}
    return meanings


def _langchain_metadata(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of LangChain's first generation: streams have the model's name there only."""
    generation = response.get("generations")
    while isinstance(generation, list) and generation:
        generation = generation[0]
    kwargs = as_object(as_object(as_object(generation).get("message")).get("kwargs"))
    return as_object(kwargs.get("response_metadata"))


def _questions(attributes: Mapping[str, Any]) -> list[Message]:
    asked = _messages(attributes, "llm.input_messages", "user") or _texts(
        attributes, "llm.prompts", "prompt", "user"
    )
    return asked or request_messages(attributes.get(INPUT))


def _answers(attributes: Mapping[str, Any], said_in_response: list[Message]) -> list[Message]:
    """Return the answer; a refusal is in the raw response only."""
    back = _messages(attributes, "llm.output_messages", "assistant") or _texts(
        attributes, "llm.choices", "completion", "assistant"
    )
    if not any(one["parts"] for one in back):
        return said_in_response
    refused = any(part["type"] == "refusal" for one in said_in_response for part in one["parts"])
    return said_in_response if refused else back


def _ending(response: Mapping[str, Any], answers: Iterable[Message]) -> Any:
    """Return how an answer of the responses API ended, which says it in words of its own."""
    asks = any(part["type"] == "tool_call" for one in answers for part in one["parts"])
    early = as_object(response.get("incomplete_details")).get("reason")
    return early or ("tool_calls" if asks else response.get("status"))


def _models(span: RawSpan, raw: _Raw, answers: Sequence[Message]) -> dict[str, Any]:
    """Return the model asked and the one that answered; until then `llm.model_name` is the asked one."""
    attributes = span.attributes
    named = as_text(attributes.get("llm.model_name"))
    requested = model_of(raw.parameters) or model_of(raw.request)
    came = raw.response and span.status != "error"  # LangChain writes an empty response of a failed call
    answered = came or any(one["parts"] for one in answers) or "llm.token_count.completion" in attributes
    answering = model_of(raw.response) or model_of(raw.output)
    return {"requested_model": requested or named, "model": answering or (named if answered else None)}


def _embedding(span: RawSpan) -> dict[str, Any]:
    attributes = span.attributes
    named = as_text(first(attributes, ("embedding.model_name", "llm.model_name")))
    parameters = as_object(attributes.get("embedding.invocation_parameters"))
    return {"requested_model": model_of(parameters) or named, "model": named}


def _tool(span: RawSpan) -> dict[str, Any]:
    attributes = span.attributes
    back = as_object(attributes.get(OUTPUT))
    given = next((back[key] for key in ("data", "kwargs") if isinstance(back.get(key), dict)), back)
    # LangChain's tools give a message back
    answer = tool_result(given.get("content")) if "tool_call_id" in given else parsed(attributes.get(OUTPUT))
    return {
        "tool_name": as_text(attributes.get("tool.name")) or span.name or None,
        "tool_call_id": as_text(first(attributes, ("tool.id", "tool_call.id")) or given.get("tool_call_id")),
        "tool_arguments": as_json(first(attributes, ("tool_call.function.arguments", INPUT))),
        "tool_result": json_text(answer),
    }


def _retrieval(span: RawSpan) -> dict[str, Any]:
    attributes = span.attributes
    entries = _entries(attributes, "retrieval.documents") or _entries(attributes, "reranker.output_documents")
    documents = [
        {**inner, "metadata": parsed(inner.get("metadata"))} for inner in _inside(entries, "document")
    ]
    return {"documents": json_text(documents or None)}


def _application(span: RawSpan) -> dict[str, Any]:
    """Return the meaning of a chain or agent: what it was given and what it gave back."""
    attributes = span.attributes
    meanings = talk(
        questions(attributes.get(INPUT)),
        answers(attributes.get(OUTPUT)),
    )
    meanings.pop("finish_reason", None)
    return meanings


PARTS = {
    "chat": _model_call,
    "embeddings": _embedding,
    "execute_tool": _tool,
    "retrieval": _retrieval,
    "invoke_agent": _application,
    "guardrail": _application,
    "evaluator": _application,
    "other": _application,
}


def _entries(attributes: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the entries of a list: flattened into attributes, or one attribute as Phoenix exports it."""
    whole = parsed(attributes.get(name))
    if isinstance(whole, list):
        return [nested(entry) for entry in whole if isinstance(entry, dict)]
    return numbered(attributes, f"{name}.")


def _inside(entries: Iterable[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    return [dict(entry[name]) if isinstance(entry.get(name), dict) else dict(entry) for entry in entries]


def _messages(attributes: Mapping[str, Any], name: str, role: str) -> list[Message]:
    return [message(_as_api(entry), role=role) for entry in _inside(_entries(attributes, name), "message")]


def _as_api(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a message as the APIs write one: contents unwrapped, a function call as an object."""
    contents = entry.pop("contents", None)
    if isinstance(contents, list):
        blocks = _inside([part for part in contents if isinstance(part, dict)], "message_content")
        plain = entry.get("content")
        twice = isinstance(plain, str) and _holds(blocks, plain)
        entry["content"] = [*([plain] if isinstance(plain, str) and not twice else []), *blocks]
    if isinstance(entry.get("function_call_name"), str):
        entry["function_call"] = {
            "name": entry.pop("function_call_name"),
            "arguments": entry.pop("function_call_arguments_json", None),
        }
    return entry


def _holds(blocks: list[dict[str, Any]], plain: str) -> bool:
    """Return whether blocks say what a plain content says, too: some frameworks write an answer twice."""
    pieces = [block["text"] for block in blocks if isinstance(block.get("text"), str)]
    return plain in pieces or plain.split() == " ".join(pieces).split() or plain == "".join(pieces)


def _texts(attributes: Mapping[str, Any], name: str, inner: str, role: str) -> list[Message]:
    """Return the prompts or choices of the completions API: a text each."""
    whole = parsed(attributes.get(name))
    texts = (
        whole
        if isinstance(whole, list)
        else [one.get("text") for one in _inside(_entries(attributes, name), inner)]
    )
    return [message(text, role=role) for text in texts if isinstance(text, str) and text]


def _tools(attributes: Mapping[str, Any]) -> str | None:
    tools = _inside(_entries(attributes, "llm.tools"), "tool")
    return tools_as_given([parsed(tool.get("json_schema", tool)) for tool in tools] or None)


PLUGIN = Dialect(
    title="OpenInference",
    precedence=60,
    recognises=recognises,
    normalise=normalise,
    sources=SOURCES,
    lost={
        "refusal": "in the raw response only",
        "response_id": "in the raw response only; LangChain's streams have none",
        "model": "`llm.model_name` is the asked model until an answer came",
        "tool_call_id": "rarely written on tool spans; these are matched by name and arguments",
    },
)
