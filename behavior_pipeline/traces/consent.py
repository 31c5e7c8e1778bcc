"""Which spans may be stored: those of traces whose users consented, as an attribute of any span says."""

from behavior_pipeline.settings.model import Consent
from behavior_pipeline.traces.records import RawSpan

REFUSALS = frozenset({"false", "0", "no", "denied", "deny", "withdrawn", "none", ""})


def consent_of(span: RawSpan, consent: Consent) -> bool | None:
    """Return what a span says of consent; None where it says nothing.

    One refusal in a trace outranks any number of consents, see `one_day`.
    """
    name = consent.attribute
    if name is None:
        return None
    if name in span.attributes:
        return str(span.attributes[name]).strip().lower() not in REFUSALS
    if name in span.resource:
        return str(span.resource[name]).strip().lower() not in REFUSALS
    return None
