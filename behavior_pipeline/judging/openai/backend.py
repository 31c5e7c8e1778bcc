"""Judges behind any OpenAI-compatible chat completions API, asked for structured output."""

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from behavior_pipeline.errors import ConfigError, JudgeError
from behavior_pipeline.judging.openai.completion import missing, read_completion
from behavior_pipeline.judging.openai.prices import cost_usd, price_of, reserve_usd
from behavior_pipeline.judging.openai.prompt import answer_format, messages, template_digest
from behavior_pipeline.judging.protocol import Answer, BackendFactory, Item, Question
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Judging, Price, Settings

if TYPE_CHECKING:
    import openai

OURS = frozenset({"model", "messages", "response_format", "stream", "n"})
OUTPUT_LIMITS = ("max_completion_tokens", "max_tokens")
CLIENT_LOGGERS = ("openai", "httpx", "httpx2", "httpcore", "httpcore2")
PLAIN_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,64}")
KEPT = "the answers given so far, in the judgement cache; they are not asked again"


@dataclass(frozen=True)
class OpenAIBackend:
    """Asks one chat completion an item.

    The declared version does not include the base URL: `response_model` says which model answered, and moving
    a gateway must not make every paid answer unreadable.
    """

    judging: Judging
    prices: Mapping[str, Price]
    name: str = "openai"
    local: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _clients: "list[openai.OpenAI]" = field(default_factory=list, repr=False)
    _opening: threading.Lock = field(default_factory=threading.Lock, repr=False)

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
        price = price_of(self.prices, model)
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
        return reserve_usd(price, sent, max_output_tokens=limit)

    def ask(self, question: Question, item: Item) -> Answer:
        """Ask once, with the client's own retries, backoff and respect of Retry-After."""
        import openai  # noqa: PLC0415 - half a second that only a process with a judge should pay

        client, request = self._client(), self._request(question, item)
        began = time.perf_counter()
        try:
            completion = client.chat.completions.create(**request)
            answer = read_completion(completion, question.labels, now=self.now())
        except openai.APIStatusError as error:
            answer = missing(self._reason(error, question), now=self.now())
        except (openai.APIError, ValueError):  # no connection, a timeout, a 200 whose body is no JSON
            answer = missing(Reason.JUDGE_FAILED, now=self.now())
        else:
            answer = replace(answer, cost_usd=self._cost(completion, question))
        return replace(answer, latency_ms=(time.perf_counter() - began) * 1000)

    def _client(self) -> "openai.OpenAI":
        """Return the client, made at the first question: a run whose answers are all cached needs no key."""
        import openai  # noqa: PLC0415 - see above

        with self._opening:
            if not self._clients:
                for logger in CLIENT_LOGGERS:  # at DEBUG they write what is sent, which is a user's text
                    logging.getLogger(logger).setLevel(logging.WARNING)
                client = openai.OpenAI(
                    api_key=api_key(self.judging.api_key_variable),
                    base_url=self.judging.base_url,
                    timeout=self.judging.timeout_seconds,
                    max_retries=self.judging.max_attempts - 1,
                )
                self._clients.append(client)
            return self._clients[0]

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
            parameters[OUTPUT_LIMITS[0]] = self.judging.max_output_tokens
        return parameters

    def _cost(self, completion: Any, question: Question) -> float | None:
        """Return the cost by the price of the model that answered, else of the one asked; None if unknown."""
        usage = getattr(completion, "usage", None)
        answered = getattr(completion, "model", None) or ""
        price = price_of(self.prices, answered) or price_of(self.prices, question.judge.model)
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
                remedy=f"check the key in {self.judging.api_key_variable}, judging.base_url, the model's "
                "name, its parameters and the account's quota",
            ) from None
        return Reason.JUDGE_FAILED


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
    return OpenAIBackend(judging=settings.judging, prices=settings.prices)


PLUGIN = BackendFactory(name="openai", build=build)
