import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.settings.model_names import bare_name, key_of, names_of

SAME = {
    "gpt-4o": [
        "GPT-4o", "gpt-4o-2024-08-06", "openai/gpt-4o", "openai/gpt-4o-2024-11-20", "azure/gpt-4o",
        "openai:gpt-4o",
        "openrouter/openai/gpt-4o", "azure/eu/gpt-4o-20240806", " gpt-4o ", "chat/openai/gpt-4o-latest",
    ],
    "claude-sonnet-4": [
        "claude-sonnet-4-20250514", "us.anthropic.claude-sonnet-4-20250514-v1:0", "claude-sonnet-4@20250514",
        "anthropic/claude-sonnet-4", "bedrock/eu.anthropic.claude-sonnet-4-20250514-v1:0",
        "vertex_ai/claude-sonnet-4@20250514", "publishers/anthropic/models/claude-sonnet-4",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0",
        "anthropic.claude-sonnet-4-20250514-v1:0:200k", "anthropic:claude-sonnet-4-0514",
    ],
    "claude-3-5-sonnet": [
        "claude-3.5-sonnet", "anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-latest",
    ],
    "gemini-2.0-flash": ["models/gemini-2.0-flash", "gemini-2.0-flash-001", "google-gla:gemini-2.0-flash"],
    "gemini-2.5-flash-preview": ["gemini-2.5-flash-preview-05-20", "gemini-2.5-flash-preview-09-2025"],
    "llama-v3p1-8b-instruct": ["accounts/fireworks/models/llama-v3p1-8b-instruct"],
    "nova-pro": ["us.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0"],
    "deepseek-r1": ["deepseek-r1-0528", "deepseek-ai/DeepSeek-R1"],
    "mistral-large": ["mistral-large-2411", "mistral-large-latest", "mistral/mistral-large-2407"],
    "gpt-4": ["gpt-4-0613"],
    "openai/gpt-4o": ["openai/gpt-4o-2024-08-06", "openrouter/openai/gpt-4o"],
}  # fmt: skip
OTHER = {
    "gpt-4o": ["gpt-4o-mini", "gpt-4o-audio-preview-2025-06-03", "gpt-4o-mini-2024-07-18",
               "chatgpt-4o-latest",
               "gpt-4o-realtime-preview", "ft:gpt-4o:acme::1", "ft:gpt-4o", "gpt-4",
               "gpt-4o-2024-08-06-turbo"],
    "gpt-4": ["gpt-4-turbo", "gpt-4.1", "gpt-4-1106-preview", "gpt-4o", "gpt-4-32k-0613"],
    "gpt-4.1": ["gpt-4.1-mini", "gpt-4", "gpt-4.1-nano-2025-04-14"],
    "o1": ["o1-mini", "o1-preview-2024-09-12", "o1-pro"],
    "claude-sonnet-4": ["claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "claude-sonnet-4.5",
                        "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-opus-4"],
    "claude-3-5-sonnet": ["claude-3-sonnet", "claude-3-5-haiku"],
    "gemini-2.5-flash": ["gemini-2.5-flash-lite", "gemini-2.5-flash-image", "gemini-2.5-flash-preview-05-20"],
    "davinci": ["davinci-002"],
    "titan-embed-text": ["amazon.titan-embed-text-v2:0"],
    "deepseek-r1": ["deepseek-r1-distill-llama-70b", "deepseek/deepseek-r1:free"],
    "azure/gpt-4o": ["gpt-4o", "openai/gpt-4o"],
    "gpt-4o-2024-08-06": ["gpt-4o", "gpt-4o-2024-11-20"],
    "llama-3-70b": ["llama-3-70b-8192"],
}  # fmt: skip


@pytest.mark.parametrize(("key", "model"), [(key, name) for key, names in SAME.items() for name in names])
def test_key_names_the_same_model(key: str, model: str) -> None:
    assert key_of(model, [key]) == key


@pytest.mark.parametrize(("key", "model"), [(key, name) for key, names in OTHER.items() for name in names])
def test_key_never_names_another_model(key: str, model: str) -> None:
    assert key_of(model, [key]) is None


@pytest.mark.parametrize("model", [None, "", "  ", "/", "//"])
def test_no_name_is_no_model(model: str | None) -> None:
    assert key_of(model, ["gpt-4o"]) is None


def test_longest_key_counts_and_a_whole_one_before_one_that_only_begins() -> None:
    keys = ["gpt-4o", "gpt-4o-2024-05-13", "gpt-4o*", "gpt-*", "azure/gpt-4o"]
    assert key_of("gpt-4o-2024-05-13", keys) == "gpt-4o-2024-05-13"
    assert key_of("gpt-4o-2024-08-06", keys) == "gpt-4o"
    assert key_of("azure/gpt-4o", keys) == "azure/gpt-4o"
    assert key_of("openai/gpt-4o-mini", keys) == "gpt-4o*"
    assert key_of("gpt-5", keys) == "gpt-*"
    assert key_of("o1", keys) is None


WORD = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
NAME = st.from_regex(r"[a-z]{2,6}(-[0-9]{1,2}(\.[0-9])?)?(-[a-z]{2,6})?", fullmatch=True)


@given(name=NAME, more=WORD)
def test_key_never_names_a_longer_name(name: str, more: str) -> None:
    if more == "latest":
        return
    assert key_of(f"{name}-{more}", [name]) is None
    assert key_of(f"{name}{more}", [name]) is None


@given(
    name=NAME,
    path=st.lists(WORD, max_size=3),
    behind=st.sampled_from(
        ["", "-2025-03-01", "-20250301", "@20250301", "-20250301-v1:0", "-latest", "-0301"]
    ),
)
def test_what_stands_around_a_name_does_not_matter(name: str, path: list[str], behind: str) -> None:
    model = "/".join([*path, f"{name}{behind}"])
    assert key_of(model.upper(), [name]) == name
    assert bare_name(model) == names_of(name)[-1]
