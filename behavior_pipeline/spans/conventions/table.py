"""Makes a dialect of a table: which attribute holds which meaning, which a whole request or response."""

from collections.abc import Callable, Mapping
from typing import Any

from behavior_pipeline.dumps.attributes import first, parsed, read, readers
from behavior_pipeline.dumps.records import RawSpan
from behavior_pipeline.spans.content.count_names import COUNTS
from behavior_pipeline.spans.content.finish_reasons import finish_reason, finish_reasons
from behavior_pipeline.spans.content.model_calls import read_request, read_response
from behavior_pipeline.spans.content.usage import settle
from behavior_pipeline.spans.conventions.meanings import KINDS, part_of_usage
from behavior_pipeline.spans.dialect import Dialect, Signs

Meaning = dict[str, Any]
Sources = Mapping[str, tuple[str, ...]]
FROM_REQUEST = ("input_messages", "system_prompt", "tool_definitions", "response_schema", "requested_model")
FROM_RESPONSE = ("output_messages", "reasoning", "finish_reason", "model", "response_id", *COUNTS)


def by_names(
    title: str,
    precedence: int,
    *,
    recognises: Callable[[Signs], bool],
    operation: Callable[[RawSpan, Meaning], str],
    names: Sources,
    requests: tuple[str, ...] = (),
    responses: tuple[str, ...] = (),
    body_of: Callable[[Any], Any] = parsed,
    lost: Mapping[str, str] | None = None,
) -> Dialect:
    """Return a dialect that is names and what they mean.

    What a name says by itself outranks a whole `requests` or `responses` body, but for counts: an API's own
    record of usage has kinds of tokens that frameworks leave out. `body_of` opens a body.
    """
    how = readers(names, KINDS, part_of_usage)

    def normalise(span: RawSpan) -> Meaning:
        request, response = first(span.attributes, requests), first(span.attributes, responses)
        meanings = _bodies(body_of(request), body_of(response))
        counted = any(name in meanings for name in COUNTS)
        named = settle(read(span.attributes, how), span.attributes)
        meanings |= {name: value for name, value in named.items() if not (counted and name in COUNTS)}
        if "finish_reason" not in meanings and (why := _reason(span.attributes, names)) is not None:
            meanings["finish_reason"] = why
        meanings["operation"] = operation(span, meanings)
        return meanings

    return Dialect(
        title, precedence, recognises, normalise, sources=_with_bodies(names, requests, responses),
        lost=lost or {},
    )  # fmt: skip


def _reason(attributes: Mapping[str, Any], names: Sources) -> str | None:
    reasons = finish_reasons(attributes, names.get("finish_reason", ()))
    return next(filter(None, map(finish_reason, reasons)), None)


def _bodies(request: Any, response: Any) -> Meaning:
    meanings: Meaning = {}
    if request:
        meanings |= read_request(request)
    if response:
        meanings |= read_response(response)
    return {name: value for name, value in meanings.items() if value is not None}


def _with_bodies(names: Sources, requests: tuple[str, ...], responses: tuple[str, ...]) -> Sources:
    sources = dict(names)
    for keys, meanings in ((requests, FROM_REQUEST), (responses, FROM_RESPONSE)):
        for meaning in meanings if keys else ():
            sources[meaning] = (*sources.get(meaning, ()), *keys)
    return sources
