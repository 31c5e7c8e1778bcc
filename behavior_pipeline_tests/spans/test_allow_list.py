import pickle
from datetime import date

import orjson
import pytest

from behavior_pipeline.dumps.records import Place, RawSpan
from behavior_pipeline.settings.model import Attributes, Consent, Privacy
from behavior_pipeline.spans.allow_list import AllowList, allow_list
from behavior_pipeline.spans.row import SpanContext, span_row


def allowed(**privacy: object) -> AllowList:
    return allow_list(Privacy.model_validate(privacy), Attributes(), ("customer.segment", "region"))


@pytest.mark.parametrize(
    "name",
    ["service.name", "gen_ai.request.temperature", "llm.model_name", "http.request.method",
     "deployment.environment", "customer.segment", "region", "app.feature", "app.prompt.version",
     "user.feedback", "feature_flag.new_ui"],
)  # fmt: skip
def test_known_and_named_attributes_are_kept(name: str) -> None:
    assert allowed().keeps(name)


@pytest.mark.parametrize(
    "name",
    ["customer.address", "user.email", "user.full_name", "enduser.role", "client.address", "url.full",
     "url.query", "http.url", "user_agent.original", "db.query.text", "geo.locality.name", "regional", "",
     "metadata", "traceloop.association.properties.email", "x.service.name"],
)  # fmt: skip
def test_unknown_attributes_and_those_of_people_are_dropped(name: str) -> None:
    assert not allowed().keeps(name)


def test_a_list_of_ones_own_replaces_the_default() -> None:
    shop = allowed(attributes=("shop.*",))
    assert shop.keeps("shop.name")
    assert not shop.keeps("service.name")
    assert shop.keeps("customer.segment")
    assert not allowed(attributes=()).keeps("service.name")


def test_the_attribute_of_consent_is_kept() -> None:
    assert allowed(consent=Consent(attribute="may.store")).keeps("may.store")


def test_it_goes_to_another_process() -> None:
    one = allowed()
    one.keeps("service.name")
    assert pickle.loads(pickle.dumps(one)).keeps("service.name")  # noqa: S301 - our own bytes


def test_a_row_holds_allowed_attributes_of_span_and_resource_only() -> None:
    span = RawSpan(
        place=Place(1, 0), trace_id="0" * 31 + "1", span_id="0" * 15 + "1", parent_span_id=None, name="x",
        start_ns=1, end_ns=2, status="ok", status_message=None,
        attributes={"customer.segment": "smb", "customer.address": "12 Main St"},
        resource={"service.name": "shop", "owner.mail": "anna@example.org"}, scope="",
    )  # fmt: skip
    context = SpanContext(date(2026, 1, 5), "production", Attributes(), b"key", allowed())
    row = span_row(span, context, file="f")
    assert isinstance(row, dict)
    assert orjson.loads(row["attributes"]) == {"customer.segment": "smb", "service.name": "shop"}
