"""How likely the tracer itself was to keep a trace, from its W3C trace state (OpenTelemetry `th`)."""

import re

from behavior_pipeline.reasons import Reason

THRESHOLD = re.compile(r"[0-9a-f]{1,14}")
EXPONENT = re.compile(r"[0-9]{1,2}")
THRESHOLD_DIGITS = 14
NEVER_SAMPLED = 63


def upstream_weight(trace_state: str) -> float | Reason:
    """Return 1 / probability; 1.0 where the tracer says nothing; a Reason where it is 0 or unreadable.

    `th` is the rejection threshold T in hex without trailing zeros, probability = 1 - T / 2^56; the older `p`
    is the negative base-2 logarithm of the probability, 63 meaning zero (OpenTelemetry, TraceState:
    Probability Sampling).
    """
    fields = _fields(trace_state)
    if (threshold := fields.get("th")) is not None:
        if not THRESHOLD.fullmatch(threshold):
            return Reason.BAD_SAMPLING
        kept = 16**THRESHOLD_DIGITS - int(threshold.ljust(THRESHOLD_DIGITS, "0"), 16)
        return float(16**THRESHOLD_DIGITS / kept)
    if (exponent := fields.get("p")) is not None:
        if not EXPONENT.fullmatch(exponent) or int(exponent) >= NEVER_SAMPLED:
            return Reason.BAD_SAMPLING
        return float(2 ** int(exponent))
    return 1.0


def _fields(trace_state: str) -> dict[str, str]:
    for vendor in trace_state.split(","):
        name, _, value = vendor.strip().partition("=")
        if name == "ot":
            return {key: content for key, _, content in (item.partition(":") for item in value.split(";"))}
    return {}
