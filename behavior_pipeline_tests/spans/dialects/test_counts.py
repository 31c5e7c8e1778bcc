"""Counts of tokens as each product writes them into attributes."""

import json
from typing import Any

import pytest

from behavior_pipeline.spans.content.count_names import COUNTS
from behavior_pipeline.spans.dialect import Signs, dialect_of
from behavior_pipeline_tests.spans.dialects.raw import span

GENAI = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai"}
VERCEL = {"ai.operationId": "ai.generateText.doGenerate", "gen_ai.request.model": "m"}
ANTHROPIC = {**VERCEL, "ai.model.provider": "anthropic.messages"}
OPENLLMETRY = {"traceloop.workflow.name": "w", "llm.request.type": "chat"}
INFERENCE = {"openinference.span.kind": "LLM", "llm.model_name": "claude-sonnet-4"}
SMITH = {"langsmith.span.kind": "llm"}
MLFLOW = {"mlflow.spanType": '"CHAT_MODEL"'}
AGENTS = {"openai_agents.type": "generation"}


def counts(attributes: dict[str, Any], scope: str = "") -> dict[str, int]:
    one = span(attributes, scope=scope)
    meanings = dialect_of(Signs.of(one))[1].normalise(one)
    return {name: meanings[name] for name in COUNTS if meanings.get(name) is not None}


def told(asked: int, answered: int, **parts: int) -> dict[str, int]:
    return {"input_tokens": asked, "output_tokens": answered, **parts}


@pytest.mark.parametrize(
    "name",
    ["cache_read.input_tokens", "cache_read_input_tokens", "cache_read_tokens", "cached_tokens",
     "cached_input_tokens", "input_tokens.cached", "prompt_tokens_details.cached_tokens",
     "input_token_details.cache_read", "details.cached_tokens", "details.cache_read_tokens",
     "details.cached_content_tokens", "prompt_cache_hit_tokens"],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False])
def test_cached_tokens_are_read_under_any_name(name: str, first: bool) -> None:
    cached = {f"gen_ai.usage.{name}": 80}
    usage = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 10}
    attributes = {**cached, **GENAI, **usage} if first else {**GENAI, **usage, **cached}
    assert counts(attributes) == told(100, 10, cached_tokens=80)


def test_details_of_a_provider_are_no_wholes() -> None:
    details = {"gen_ai.usage.details.input_tokens": 19, "gen_ai.usage.details.output_tokens": 30,
               "gen_ai.usage.details.cache_read_input_tokens": 39000,
               "gen_ai.usage.details.cache_creation_input_tokens": 5}  # fmt: skip
    wholes = {"gen_ai.usage.input_tokens": 39024, "gen_ai.usage.output_tokens": 30}
    wanted = told(39024, 30, cached_tokens=39000, cache_written_tokens=5)
    assert counts({**details, **GENAI, **wholes}) == wanted
    assert counts({**GENAI, **details, **wholes}, scope="pydantic-ai") == wanted


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        pytest.param(
            {**GENAI, "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20,
             "gen_ai.usage.reasoning.output_tokens": 300, "gen_ai.provider.name": "gcp.gemini"},
            told(100, 320, reasoning_tokens=300), id="thoughts beside the output",
        ),
        pytest.param(
            {**GENAI, "gen_ai.provider.name": "gcp.gemini", "gen_ai.usage.input_tokens": 100,
             "gen_ai.usage.output_tokens": 20, "gen_ai.usage.total_tokens": 420},
            {"input_tokens": 100}, id="thoughts in Gemini's total only",
        ),
        pytest.param(
            {**GENAI, "gen_ai.usage.details.input_audio_tokens": 30, "gen_ai.usage.input_tokens": 100,
             "gen_ai.usage.details.output_audio_tokens": 5, "gen_ai.usage.output_tokens": 20},
            told(100, 20, audio_input_tokens=30, audio_output_tokens=5), id="audio",
        ),
        pytest.param(
            {**OPENLLMETRY, "gen_ai.usage.prompt_tokens": 130, "gen_ai.usage.completion_tokens": 50,
             "llm.usage.total_tokens": 180, "gen_ai.usage.cache_read_input_tokens": 100,
             "gen_ai.usage.cache_creation_input_tokens": 20},
            told(130, 50, cached_tokens=100, cache_written_tokens=20), id="OpenLLMetry",
        ),
        pytest.param(
            {**OPENLLMETRY, "gen_ai.usage.prompt_tokens": 10, "gen_ai.usage.completion_tokens": 50,
             "llm.usage.total_tokens": 180, "gen_ai.usage.cache_read_input_tokens": 100,
             "gen_ai.usage.cache_creation_input_tokens": 20},
            told(130, 50, cached_tokens=100, cache_written_tokens=20), id="OpenLLMetry, caches beside",
        ),
        pytest.param(
            {**ANTHROPIC, "ai.usage.inputTokens": 100, "ai.usage.outputTokens": 30,
             "ai.usage.totalTokens": 130,
             "ai.usage.cachedInputTokens": 80,
             "ai.response.providerMetadata": json.dumps({"anthropic": {"cacheCreationInputTokens": 20}})},
            told(200, 30, cached_tokens=80, cache_written_tokens=20), id="Vercel 5 and Anthropic",
        ),
        pytest.param(
            {**ANTHROPIC, "ai.usage.inputTokens": 200, "ai.usage.outputTokens": 30,
             "ai.usage.totalTokens": 230,
             "ai.usage.inputTokenDetails.noCacheTokens": 100,
             "ai.usage.inputTokenDetails.cacheReadTokens": 80,
             "ai.usage.inputTokenDetails.cacheWriteTokens": 20},
            told(200, 30, cached_tokens=80, cache_written_tokens=20), id="Vercel 6 and Anthropic",
        ),
        pytest.param(
            {**VERCEL, "ai.model.provider": "google.generative-ai", "ai.usage.inputTokens": 100,
             "ai.usage.outputTokens": 20, "ai.usage.reasoningTokens": 300, "ai.usage.totalTokens": 420},
            told(100, 320, reasoning_tokens=300), id="Vercel 5 and Gemini",
        ),
        pytest.param(
            {**VERCEL, "ai.model.provider": "openai.chat", "ai.usage.promptTokens": 100,
             "ai.usage.completionTokens": 20},
            told(100, 20), id="Vercel 4",
        ),
        pytest.param(
            {**INFERENCE, "llm.token_count.prompt": 2255, "llm.token_count.completion": 5,
             "output.value": json.dumps({"usage": {"input_tokens": 10, "output_tokens": 5,
                                                   "cache_read_input_tokens": 512,
                                                   "cache_creation_input_tokens": 1733}})},
            told(2255, 5, cached_tokens=512, cache_written_tokens=1733), id="OpenInference, response",
        ),
        pytest.param(
            {**INFERENCE, "llm.token_count.prompt": 100, "llm.token_count.completion": 5,
             "llm.token_count.prompt_details.audio": 40, "llm.token_count.prompt_details.cache_input": 30,
             "llm.token_count.completion_details.reasoning": 2, "llm.token_count.total": 105},
            told(100, 5, cached_tokens=30, audio_input_tokens=40, reasoning_tokens=2), id="OpenInference",
        ),
        pytest.param(
            {**SMITH, "gen_ai.usage.input_tokens": 350, "gen_ai.usage.output_tokens": 24,
             "gen_ai.usage.total_tokens": 374,
             "gen_ai.usage.input_token_details": json.dumps({"cache_read": 100, "cache_creation": 200})},
            told(350, 24, cached_tokens=100, cache_written_tokens=200), id="LangSmith",
        ),
        pytest.param(
            {**MLFLOW, "mlflow.chat.tokenUsage": json.dumps({
                "input_tokens": 105, "output_tokens": 10, "total_tokens": 115, "cache_read_input_tokens": 80,
                "cache_creation_input_tokens": 5})},
            told(105, 10, cached_tokens=80, cache_written_tokens=5), id="MLflow",
        ),
        pytest.param(
            {**AGENTS, "openai_agents.usage": {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120,
             "input_tokens_details": {"cached_tokens": 64},
             "output_tokens_details": {"reasoning_tokens": 7}}},
            told(100, 20, cached_tokens=64, reasoning_tokens=7), id="OpenAI Agents",
        ),
        pytest.param(
            {"langfuse.observation.type": "generation", "langfuse.observation.usage_details": json.dumps({
                "input": 20, "output": 10, "input_cache_read": 80, "input_cache_creation": 5,
                "input_cache_creation_1h": 3})},
            told(105, 10, cached_tokens=80, cache_written_tokens=5, cache_written_1h_tokens=3),
            id="Langfuse",
        ),
    ],
)  # fmt: skip
def test_product_counts_are_read_whole(attributes: dict[str, Any], wanted: dict[str, int]) -> None:
    assert counts(attributes) == wanted
