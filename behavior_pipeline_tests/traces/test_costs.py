import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.reasons import Reason
from behavior_pipeline.settings.model import Price, Tier
from behavior_pipeline.traces.costs import Cost, cost_of
from behavior_pipeline_tests.traces.rows import row

FULL = Price(
    input=3, cached=0.3, cache_written=3.75, cache_written_1h=6, output=15, audio_input=40, audio_output=80
)
PLAIN = Price(input=3, output=15)
NOON = int(datetime(2025, 6, 20, 12, tzinfo=UTC).timestamp()) * 10**9
COUNT = st.integers(0, 10**6)


def call(
    model: str | None = "m", asked: int | None = 1000, answered: int | None = 100, **more: Any
) -> dict[str, Any]:
    counts = {"input_tokens": asked, "output_tokens": answered}
    return row(1, "chat", model=model, **{"start_ns": NOON, "end_ns": NOON + 1, **counts, **more})


def cost(*calls: dict[str, Any], listed: bool = False, **prices: Price) -> Cost:
    return cost_of(calls, prices or {"m": FULL}, listed=listed)


class TestDeclared:
    """Each kind of tokens costs what is declared for it; what is not known is missing, or marked."""

    def test_each_kind_has_its_price(self) -> None:
        parts = {"cached_tokens": 300, "cache_written_tokens": 200, "cache_written_1h_tokens": 50,
                 "audio_output_tokens": 40}  # fmt: skip
        wanted = (500 * 3 + 300 * 0.3 + 150 * 3.75 + 50 * 6 + 60 * 15 + 40 * 80) / 1e6
        assert cost(call(**parts)) == Cost(pytest.approx(wanted), None, None, "declared")

    def test_case_of_cache_writes(self) -> None:
        parts = {"cached_tokens": 128955, "cache_written_tokens": 1253}
        wanted = (5 * 3 + 128955 * 0.3 + 1253 * 3.75 + 50 * 15) / 1e6
        assert cost(call(asked=130213, answered=50, **parts)).usd == pytest.approx(wanted)

    @pytest.mark.parametrize("part", ["cache_written_tokens", "audio_input_tokens", "audio_output_tokens"])
    def test_part_without_a_price_leaves_no_cost(self, part: str) -> None:
        assert cost(call(**{part: 1}), m=PLAIN) == Cost(missing=Reason.NO_PART_PRICE)
        assert cost(call(**{part: 0}), m=PLAIN).usd is not None

    def test_hour_long_cache_needs_its_own_price(self) -> None:
        price = Price(input=3, output=15, cache_written=3.75)
        parts = {"cache_written_tokens": 10, "cache_written_1h_tokens": 10}
        assert cost(call(**parts), m=price).missing == Reason.NO_PART_PRICE

    def test_cached_tokens_without_a_price_make_an_upper_bound(self) -> None:
        assert cost(call(cached_tokens=500), m=PLAIN) == Cost(0.0045, None, "upper", "declared")
        assert cost(call(cached_tokens=0), m=PLAIN).bound is None

    @pytest.mark.parametrize("dialect", ["genai_events", "genai_indexed", "vercel"])
    def test_convention_without_cached_tokens_makes_an_upper_bound(self, dialect: str) -> None:
        assert cost(call(dialect=dialect)).bound == "upper"

    def test_dialect_that_records_no_cached_tokens_makes_an_upper_bound(self) -> None:
        assert cost(call(dialect="vercel")).bound == "upper"
        assert cost(call(dialect="vercel", cached_tokens=0)).bound is None
        assert cost(call(dialect="vercel"), m=PLAIN).bound is None
        assert cost(call(dialect="genai")).bound is None

    def test_more_cached_than_read_is_no_cost(self) -> None:
        assert cost(call(asked=19, cached_tokens=39000)).missing == Reason.NO_TOKENS

    def test_audio_among_the_cached_tokens_has_no_price(self) -> None:
        assert cost(call(cached_tokens=900, audio_input_tokens=500)).missing == Reason.NO_PART_PRICE

    def test_reasoning_costs_as_output_unless_declared(self) -> None:
        assert cost(call(reasoning_tokens=60)).usd == pytest.approx((1000 * 3 + 100 * 15) / 1e6)
        dear = Price(input=3, output=15, reasoning=20)
        assert cost(call(reasoning_tokens=60), m=dear).usd == pytest.approx(
            (1000 * 3 + 40 * 15 + 60 * 20) / 1e6
        )

    def test_tier_prices_all_tokens_of_longer_calls(self) -> None:
        price = Price(input=1, output=10, tiers=(Tier(above=1000, input=2, output=15),))
        assert cost(call(asked=1000), m=price).usd == pytest.approx((1000 * 1 + 100 * 10) / 1e6)
        assert cost(call(asked=1001), m=price).usd == pytest.approx((1001 * 2 + 100 * 15) / 1e6)


class TestMissing:
    """The reason is the true one."""

    def test_no_call_that_succeeded(self) -> None:
        assert cost_of([], {}, listed=True).missing == Reason.NO_MODEL_CALL

    def test_no_tokens(self) -> None:
        assert cost(call(answered=None)).missing == Reason.NO_TOKENS

    def test_no_model(self) -> None:
        assert cost(call(model=None)).missing == Reason.NO_MODEL
        assert cost(call(model=None, requested_model="m")).usd is not None

    def test_no_price(self) -> None:
        assert cost(call(), call(model="of-nobody"), listed=True).missing == Reason.NO_PRICE


class TestListed:
    """Prices of the package stand behind declared ones, for the model itself and its day."""

    def test_declared_prices_come_first_and_both_are_named(self) -> None:
        priced = cost(call("gpt-4o"), call("m"), listed=True)
        declared, listed = (priced.source or "").split(", ")
        assert declared == "declared" and listed.startswith("genai-prices@")
        assert cost(call("gpt-4o"), listed=True, **{"gpt-4o": PLAIN}).source == "declared"
        assert cost(call("gpt-4o")).missing == Reason.NO_PRICE

    @pytest.mark.parametrize(
        ("model", "usd"),
        [
            ("openai/gpt-4o-mini-2024-07-18", (1000 * 0.15 + 100 * 0.6) / 1e6),
            ("us.anthropic.claude-sonnet-4-20250514-v1:0", (1000 * 3 + 100 * 15) / 1e6),
            ("models/gemini-2.5-pro", (1000 * 1.25 + 100 * 10) / 1e6),
            ("azure/gpt-4o", (1000 * 2.5 + 100 * 10) / 1e6),
        ],
    )
    def test_model_is_found_behind_its_provider(self, model: str, usd: float) -> None:
        assert cost(call(model), listed=True).usd == pytest.approx(usd)

    def test_recorded_provider_has_its_own_price(self) -> None:
        model = "llama-3.3-70b-versatile"
        assert cost(call(model), listed=True).missing == Reason.NO_PRICE
        provider = '{"gen_ai.provider.name": "groq"}'
        assert cost(call(model, attributes=provider), listed=True).usd == pytest.approx(
            (1000 * 0.59 + 100 * 0.79) / 1e6
        )

    @pytest.mark.parametrize(
        "model",
        ["gpt-4o-of-mine", "claude-x", "claude-sonnet-4-7", "claude-sonnet-4-5-thinking",
         "gpt-4o-audio-preview", "gpt-image-1",
         "whisper-1", "v5.2", "ft:gpt-4o:acme::1", "gemini-2.5-flash-exp-mine"],
    )  # fmt: skip
    def test_other_model_or_what_is_not_counted_in_tokens_has_no_price(self, model: str) -> None:
        assert cost(call(model), listed=True).missing == Reason.NO_PRICE

    @pytest.mark.parametrize(
        ("model", "provider", "known"),
        [
            ("mistral-small-latest", "ollama", False),  # one's own server has no price
            ("deepseek-ai/DeepSeek-R1", "vllm", False),
            ("claude-sonnet-4", "litellm", True),  # a gateway to the one who serves it
            ("claude-sonnet-4", "openai", True),  # a client of OpenAI's protocol
            ("qwen2.5-7b-instruct", "openai", False),
            ("us.meta.llama3-3-70b-instruct-v1:0", None, True),
            ("gpt-4o", "azure.ai.openai", True),
            ("grok-4", "groq", False),  # known, and serves no such model
        ],
    )
    def test_open_models_have_the_price_of_their_provider_only(
        self, model: str, provider: str | None, known: bool
    ) -> None:
        attributes = json.dumps({"gen_ai.system": provider})
        assert (cost(call(model, attributes=attributes), listed=True).usd is not None) == known

    def test_tiers_and_caches_of_the_package_count(self) -> None:
        long = call("claude-sonnet-4-5", asked=300_000, cached_tokens=100_000, cache_written_tokens=1000)
        wanted = (199_000 * 6 + 100_000 * 0.6 + 1000 * 7.5 + 100 * 22.5) / 1e6
        assert cost(long, listed=True).usd == pytest.approx(wanted)

    def test_price_is_that_of_the_day(self) -> None:
        before = int(datetime(2025, 5, 1, tzinfo=UTC).timestamp()) * 10**9
        old = cost(call("o3", start_ns=before), listed=True).usd
        new = cost(call("o3"), listed=True).usd
        assert (old, new) == (pytest.approx(0.014), pytest.approx(0.0028))

    def test_package_is_loaded_at_the_first_price_it_is_asked_for(self) -> None:
        asked = "import sys, behavior_pipeline.cli.dump_survey, behavior_pipeline.steps.traces, " \
            "behavior_pipeline.spans.day.parse_day; print('genai_prices' in sys.modules)"  # fmt: skip
        called = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
        assert called.stdout.strip() == "False"


@given(asked=COUNT, cached=COUNT, written=COUNT, answered=COUNT)
def test_cost_is_what_was_bought_or_missing(asked: int, cached: int, written: int, answered: int) -> None:
    priced = cost(call("m", asked, answered, cached_tokens=cached, cache_written_tokens=written))
    assert (priced.usd is None) == (cached + written > asked)
    if priced.usd is not None:
        dearest = asked * 3.75 + answered * 15
        assert 0 <= priced.usd <= dearest / 1e6 + 1e-9
