"""Judges behind any OpenAI-compatible chat completions API, asked for structured output."""

import logging
import math
import os
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import orjson

from behavior_pipeline.errors import ConfigError, JudgeError
from behavior_pipeline.judging.openai.prompt import answer_format, messages, template_digest
from behavior_pipeline.judging.protocol import Answer, BackendFactory, Item, Question
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Judging, Price, Settings
from behavior_pipeline.settings.model_names import key_of
from behavior_pipeline.words import UNKNOWN

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletion

OURS = frozenset({"model", "messages", "response_format", "stream", "n"})
OUTPUT_LIMITS = ("max_completion_tokens", "max_tokens")
CLIENT_LOGGERS = ("openai", "httpx", "httpx2", "httpcore", "httpcore2")
PLAIN_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
PER_TOKEN = 1e-6
BYTES_PER_TOKEN = 2.0
KEPT = "the answers given so far, in the judgement cache; they are not asked again"


class OpenAIBackend:
    """Asks one chat completion an item; its threads share one client.

    The declared version does not include the base URL: `response_model` says which model answered, and moving
    a gateway must not make every paid answer unreadable.
    """

    name = "openai"
    local = False

    def __init__(self, judging: Judging, prices: Mapping[str, Price]) -> None:
        self._judging, self._prices = judging, prices
        self._opening = threading.Lock()

    def config_digest(self, question: Question) -> str:
        """Return the digest of client, model, parameters and template."""
        parts = [
            self.name,
            question.judge.model,
            self._parameters(question),
            template_digest(question.labels),
        ]
        return short_digest(parts)

    def content_digest(self, question: Question, item: Item) -> str:
        """Return the digest of the content: equal texts are asked once."""
        return item.digest

    def reserve_usd(self, question: Question, item: Item) -> float:
        """Return an upper bound of the cost; JudgeError where the model has no price."""
        model, parameters = question.judge.model, self._parameters(question)
        price = price_of(self._prices, model)
        if price is None:
            raise JudgeError(
                happened=f"{question.dimension} has a daily budget, but no price is declared for {model}",
                kept="nothing was asked",
                remedy=f'add [prices."{model}"] to pipeline.toml, or remove sampling.daily_budget_usd',
            )
        sent = "".join(part["content"] for part in messages(question, item)) + str(
            answer_format(question.labels)
        )
        limit = max(int(parameters[name]) for name in OUTPUT_LIMITS if name in parameters)
        return highest_cost_usd(price, sent, max_output_tokens=limit)

    def ask(self, question: Question, item: Item) -> Answer:
        """Ask once, with the client's own retries, backoff and respect of Retry-After."""
        import openai  # noqa: PLC0415 - half a second that only a process with a judge should pay

        with self._opening:  # a cached property alone lets two threads make two clients
            client = self._client
        request = self._request(question, item)
        began = time.perf_counter()
        try:
            completion = client.chat.completions.create(**request)
            answer = read_completion(completion, question.labels)
        except openai.APIStatusError as error:
            answer = _unanswered(self._reason(error, question))
        except (openai.APIError, ValueError):  # no connection, a timeout, a 200 whose body is no JSON
            answer = _unanswered(Reason.JUDGE_FAILED)
        else:
            answer = replace(answer, cost_usd=self._cost(completion, question))
        return replace(answer, latency_ms=(time.perf_counter() - began) * 1000)

    @cached_property
    def _client(self) -> "openai.OpenAI":
        """Return the client, made at the first question: a run whose answers are all cached needs no key."""
        import openai  # noqa: PLC0415 - see above

        for logger in CLIENT_LOGGERS:  # at DEBUG they write what is sent, which is a user's text
            logging.getLogger(logger).setLevel(logging.WARNING)
        return openai.OpenAI(
            api_key=api_key(self._judging.api_key_variable),
            base_url=self._judging.base_url,
            timeout=self._judging.timeout_seconds,
            max_retries=self._judging.max_attempts - 1,
        )

    def _request(self, question: Question, item: Item) -> dict[str, Any]:
        return {
            "model": question.judge.model,
            "messages": messages(question, item),
            "response_format": answer_format(question.labels),
            "extra_body": self._parameters(question),  # whatever a compatible server understands
        }

    def _parameters(self, question: Question) -> dict[str, Any]:
        parameters = dict(question.judge.parameters)
        if taken := sorted(OURS & parameters.keys()):
            raise ConfigError(
                happened=f"judge.parameters of {question.dimension} sets {', '.join(taken)}",
                kept="nothing was asked",
                remedy="remove them: the judge's model has a key of its own, and the rest is fixed",
            )
        if not any(name in parameters for name in OUTPUT_LIMITS):
            parameters[OUTPUT_LIMITS[0]] = self._judging.max_output_tokens
        return parameters

    def _cost(self, completion: "ChatCompletion", question: Question) -> float | None:
        """Return the cost by the price of the model that answered, else of the one asked; None if unknown."""
        usage = getattr(completion, "usage", None)
        answered = getattr(completion, "model", None) or ""
        price = price_of(self._prices, answered) or price_of(self._prices, question.judge.model)
        if price is None or usage is None or usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        details = getattr(usage, "prompt_tokens_details", None)
        cached = getattr(details, "cached_tokens", None) or 0
        return cost_usd(
            price, usage.prompt_tokens, output_tokens=usage.completion_tokens, cached_tokens=cached
        )

    def _reason(self, error: "openai.APIStatusError", question: Question) -> Reason:
        """Return why this item has no answer, or raise what concerns every item.

        The server's own message may repeat the prompt, so only status, code and parameter are read.
        """
        if error.code == "content_filter":
            return Reason.JUDGE_REFUSED
        ours = {"model", "response_format", *self._parameters(question)}
        if (
            error.status_code in (401, 402, 403, 404)
            or error.code == "insufficient_quota"
            or (error.status_code < 429 and str(error.param).split(".")[0] in ours)  # noqa: PLR2004 - client errors
        ):
            code = error.code if PLAIN_CODE.fullmatch(str(error.code or "")) else "no code"
            raise JudgeError(
                happened=f"the judge of {question.dimension} ({question.judge.model}) cannot be asked: "
                f"HTTP {error.status_code}, {code}",
                kept=KEPT,
                remedy=f"check the key in {self._judging.api_key_variable}, judging.base_url, the model's "
                "name, its parameters and the account's quota",
            ) from None
        return Reason.JUDGE_FAILED


def read_completion(completion: "ChatCompletion", labels: tuple[str, ...]) -> Answer:
    """Return the verdict of a completion, or why it holds none: never a guess at what was meant."""
    choices = getattr(completion, "choices", None) or []
    blank = replace(
        _unanswered(Reason.JUDGE_MALFORMED),
        response_model=getattr(completion, "model", None) or UNKNOWN,
        fingerprint=getattr(completion, "system_fingerprint", None),
    )
    if not choices or choices[0].message is None:
        return replace(blank, missing_reason=Reason.JUDGE_FAILED)  # a gateway's page, not a judge's answer
    message = choices[0].message
    if message.refusal or choices[0].finish_reason == "content_filter":
        return replace(blank, missing_reason=Reason.JUDGE_REFUSED)
    try:
        verdict = orjson.loads(message.content or "")
    except orjson.JSONDecodeError:
        return blank
    if not isinstance(verdict, dict) or choices[0].finish_reason == "length":
        return blank
    label, reason = verdict.get("label"), verdict.get("reason")
    if label not in labels or not isinstance(reason, str):
        return blank
    return replace(blank, label=label, rationale=reason, missing_reason=None)


def _unanswered(reason: Reason) -> Answer:
    return Answer(
        label=None,
        rationale=None,
        response_model=UNKNOWN,
        fingerprint=None,
        cost_usd=None,
        latency_ms=0.0,
        answered_at=datetime.now(UTC),
        missing_reason=reason,
    )


def price_of(prices: Mapping[str, Price], model: str) -> Price | None:
    """Return the price of the longest key that names the model, None if there is none."""
    key = key_of(model, prices)
    return None if key is None else prices[key]


def cost_usd(price: Price, prompt_tokens: int, *, output_tokens: int, cached_tokens: int = 0) -> float:
    """Return the cost of one answer; cached tokens are part of the prompt tokens, or not believed."""
    rates, cached = price.at(prompt_tokens), cached_tokens if cached_tokens <= prompt_tokens else 0
    cached_price = rates.input if rates.cached is None else rates.cached
    usd = (prompt_tokens - cached) * rates.input + cached * cached_price + output_tokens * rates.output
    return usd * PER_TOKEN


def highest_cost_usd(price: Price, text: str, *, max_output_tokens: int) -> float:
    """Return what an answer costs at most: a token for every two bytes of the prompt, and all the output.

    Tokenizers of today need about four bytes a token in English and two to three in other scripts.
    """
    tokens = math.ceil(len(text.encode("utf-8", "replace")) / BYTES_PER_TOKEN)
    every = (price, *price.tiers)
    highest_input = max(max(rates.input, rates.cached or 0.0) for rates in every)
    return (tokens * highest_input + max_output_tokens * max(rates.output for rates in every)) * PER_TOKEN


def api_key(variable: str) -> str:
    """Return the key the environment holds; an empty variable name stands for a server that wants none."""
    if not variable:
        return "none"
    if key := os.environ.get(variable, "").strip():
        return key
    raise JudgeError(
        happened=f"the judge needs an API key, and the environment variable {variable} is not set",
        kept=KEPT,
        remedy=f"set {variable}, name another one in judging.api_key_variable, or use the lexical backend",
    )


def build(settings: Settings) -> OpenAIBackend:
    """Return the backend of these settings; nothing is opened yet."""
    return OpenAIBackend(settings.judging, settings.prices)


PLUGIN = BackendFactory(name="openai", build=build)
