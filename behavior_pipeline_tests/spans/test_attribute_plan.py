"""What attribute names decide is decided the same for every span that shares them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.settings.model import Attributes, Privacy
from behavior_pipeline.spans import attribute_plan as module
from behavior_pipeline.spans.allow_list import allow_list
from behavior_pipeline.spans.attribute_plan import AttributePlans
from behavior_pipeline.spans.dialect import dialects
from behavior_pipeline.spans.row import SpanContext, span_row

KEYS = sorted({key for dialect in dialects().values() for key in dialect.keys})
NAMES = st.sampled_from(
    [*KEYS, "user.id", "session.id", "app.prompt.version", "user.feedback", "region", "secret", "os.type"]
)
HELD = st.dictionaries(
    NAMES, st.sampled_from(["", "chat", '{"user_id": "7", "tier": "gold"}', 3]), max_size=4
)
SCOPES = st.sampled_from(["", "openinference.x", "opentelemetry.instrumentation.openai", "pydantic-ai"])
EVENTS = st.lists(st.tuples(st.sampled_from(["gen_ai.choice", "exception", "gen_ai.content.prompt"]),
                            st.just({})), max_size=2)  # fmt: skip


@st.composite
def spans(draw: st.DrawFn) -> RawSpan:
    return raw(draw(HELD), draw(HELD), scope=draw(SCOPES), events=draw(EVENTS))


def raw(
    attributes: dict[str, Any], resource: dict[str, Any], *, scope: str = "", events: Sequence[Any] = ()
) -> RawSpan:
    return RawSpan(
        place=Place(1, 0), trace_id="1" * 32, span_id="1" * 16, parent_span_id=None, name="x", start_ns=1,
        end_ns=2, status="ok", status_message=None, attributes=attributes, resource=resource, scope=scope,
        events=list(events),
    )  # fmt: skip


def context() -> SpanContext:
    allowed = allow_list(Privacy(), Attributes(), ("region",))
    return SpanContext(date(2026, 1, 5), "production", Attributes(), b"key", allowed)


@given(st.lists(spans(), max_size=6))
def test_a_row_does_not_depend_on_the_spans_before_it(given_spans: list[RawSpan]) -> None:
    used = context()
    for span in [*given_spans, *reversed(given_spans)]:
        assert span_row(span, used, file="f") == span_row(span, context(), file="f")


def test_the_span_outranks_its_resource_and_inherits_what_it_does_not_say() -> None:
    row = span_row(
        raw({"region": "north", "user.id": ""}, {"region": "south", "service.name": "shop", "user.id": "7"}),
        context(), file="f",
    )  # fmt: skip
    assert isinstance(row, dict)
    assert row["attributes"] == '{"region":"north","service.name":"shop"}'
    assert row["user_key"] is None


def test_names_that_are_data_are_not_remembered_without_end() -> None:
    plans = AttributePlans(Attributes(), None)
    for number in range(module.MAX_PLANS + 50):
        plans.of(raw({f"order.{number}": 1}, {}))
    plans.of(raw({"x" * module.MAX_CHARACTERS: 1, "y": 1}, {}))
    assert len(plans._known) == module.MAX_PLANS
