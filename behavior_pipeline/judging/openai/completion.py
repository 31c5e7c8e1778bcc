"""Reading a chat completion as a verdict."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

from behavior_pipeline.judging.protocol import Answer
from behavior_pipeline.reasons import Reason
from behavior_pipeline.words import UNKNOWN

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion


def read_completion(completion: "ChatCompletion", labels: tuple[str, ...], *, now: datetime) -> Answer:
    """Return the verdict of a completion, or why it holds none: never a guess at what was meant."""
    choices = getattr(completion, "choices", None) or []
    blank = replace(
        missing(Reason.JUDGE_MALFORMED, now=now),
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


def missing(reason: Reason, *, now: datetime) -> Answer:
    """Return an answer that is none, for a reason."""
    return Answer(
        label=None,
        rationale=None,
        response_model=UNKNOWN,
        fingerprint=None,
        cost_usd=None,
        latency_ms=0.0,
        answered_at=now,
        missing_reason=reason,
    )
