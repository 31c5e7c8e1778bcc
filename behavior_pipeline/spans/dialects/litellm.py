"""LiteLLM (1.3x to 1.8x): GenAI names on its spans, messages as log records, and a span of the raw request.

`raw_gen_ai_request` repeats its parent with Python's own texts for lists (`llm.openai.messages`); it is no
call of its own, and what it holds is not kept.
"""

from collections.abc import Sequence
from typing import Any

from behavior_pipeline.dumps.attributes import as_object
from behavior_pipeline.dumps.records import RawLog, RawSpan
from behavior_pipeline.spans.content.messages import message
from behavior_pipeline.spans.conventions import events
from behavior_pipeline.spans.conventions.meanings import talk
from behavior_pipeline.spans.dialect import Dialect, Signs

PROVIDERS = (
    "openai", "azure", "azure_ai", "anthropic", "bedrock", "vertex_ai", "gemini", "cohere", "mistral", "groq",
    "ollama", "deepseek", "openrouter", "together_ai", "fireworks_ai", "xai", "perplexity", "huggingface",
    "databricks", "watsonx", "sagemaker", "hosted_vllm", "custom_openai", "litellm_proxy", "Unknown",
)  # fmt: skip
RAW = tuple(f"llm.{provider}." for provider in PROVIDERS)
# The name of a record stands in an attribute of another name than OpenTelemetry's.
PROMPT, COMPLETION = "gen_ai.content.prompt", "gen_ai.content.completion"


def recognises(signs: Signs) -> bool:
    """Return whether the span holds a raw request or response."""
    return any(key.startswith(RAW) for key in signs.keys)


def normalise(span: RawSpan) -> dict[str, Any]:
    """Return that a raw request is no call of its own."""
    return {"operation": "other"}


def names_log(log: RawLog) -> str | None:
    """Return the name of a message's record."""
    name = log.attributes.get("event_name")
    return name if name in (PROMPT, COMPLETION) else None


def from_logs(logs: Sequence[RawLog]) -> dict[str, Any]:
    """Return what the messages say that were sent and chosen."""
    chosen = ((events.CHOICE, as_object(log.body)) for log in logs if log.name == COMPLETION)
    sent = [message(as_object(log.body), role="user") for log in logs if log.name == PROMPT]
    return talk(sent, events.sides(chosen)[1])


PLUGIN = Dialect(
    title="LiteLLM (logs, raw requests)",
    precedence=24,
    recognises=recognises,
    normalise=normalise,
    sources={
        "input_messages": (f"log {PROMPT}",),
        "output_messages": (f"log {COMPLETION}",),
        "finish_reason": (f"log {COMPLETION}",),
        "system_prompt": (f"log {PROMPT}",),
        "dropped": tuple(f"{prefix}*" for prefix in RAW),
    },
    log_events=frozenset({PROMPT, COMPLETION}),
    from_logs=from_logs,
    names_log=names_log,
    lost={"operation": "on the span above, in the GenAI conventions"},
)
