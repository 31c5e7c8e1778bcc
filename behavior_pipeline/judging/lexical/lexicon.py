"""A build of the lexicon: `<build>.toml` beside this file, read once; a build may extend another one."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from behavior_pipeline.errors import ConfigError
from behavior_pipeline.judging.lexical.words import TOKEN, stem
from behavior_pipeline.provenance.digests import short_digest

FOLDER = Path(__file__).parent


class Part(BaseModel):
    """Base: unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Part):
    """Words that are no evidence."""

    stop: str

    @cached_property
    def stop_stems(self) -> frozenset[str]:
        """Return their stems."""
        return frozenset(stem(word) for word in TOKEN.findall(self.stop))


class Faithfulness(Part):
    """When a sentence is a claim, and when a claim is backed."""

    least_content: int
    least_found: float


class Phrases:
    """Weighted phrases as one regular expression."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self._weights = {
            phrase.rstrip("*"): (weight, phrase.endswith("*")) for phrase, weight in weights.items()
        }
        longest_first = sorted(self._weights, key=len, reverse=True)
        # An open phrase matches any ending, yet the group holds the phrase itself.
        self._pattern = re.compile(
            "|".join(
                rf"\b({re.escape(p)})" + (r"\w*" if self._weights[p][1] else r"\b") for p in longest_first
            ),
            re.IGNORECASE,
        )

    def weights_in(self, text: str) -> list[float]:
        """Return the weight of every occurrence, in the order of the text."""
        return [
            self._weights[match[match.lastindex].lower()][0]
            for match in self._pattern.finditer(text.replace("\u2019", "'"))
            if match.lastindex
        ]


class Marks(Part):
    """Weights of punctuation."""

    exclamation: float
    emoji: float
    shouting: float


class Tone(Part):
    """Weights of words and marks; an answer is off brand from the threshold on."""

    threshold: float
    marks: Marks
    phrases: dict[str, float]

    @cached_property
    def matcher(self) -> Phrases:
        """Return the phrases as a matcher."""
        return Phrases(self.phrases)


class Tools(Part):
    """How well a called tool must fit."""

    near: float


class Requests(Part):
    """Weights of words that make a request one to refuse, and of phrases that take it back."""

    threshold: float
    unsafe: dict[str, float]
    harmless: dict[str, float]

    @cached_property
    def unsafe_matcher(self) -> Phrases:
        """Return the unsafe phrases as a matcher."""
        return Phrases(self.unsafe)

    @cached_property
    def harmless_matcher(self) -> Phrases:
        """Return the harmless phrases as a matcher."""
        return Phrases(self.harmless)


class Lexicon(Part):
    """All that a build knows."""

    build: str
    words: Words
    faithfulness: Faithfulness
    tone: Tone
    tools: Tools
    requests: Requests

    @cached_property
    def fingerprint(self) -> str:
        """Return the digest of the build's contents, as a provider's fingerprint would be."""
        return short_digest(self.model_dump(mode="json"))


def builds() -> list[str]:
    """Return the names of the builds that ship."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def load_lexicon(build: str) -> Lexicon:
    """Return a build; ConfigError when there is none of that name."""
    if build not in builds():
        raise ConfigError(
            happened=f"judging.lexicon_builds names lexicon build {build!r}, which does not exist",
            kept="nothing was judged",
            remedy=f"name one of {builds()}",
        )
    return Lexicon.model_validate({"build": build, **_contents(build)})


def _contents(build: str) -> dict[str, Any]:
    contents = tomllib.loads((FOLDER / f"{build}.toml").read_text(encoding="utf-8"))
    base = contents.pop("extends", None)
    return contents if base is None else _overlay(_contents(base), contents)


def _overlay(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        merged[key] = _overlay(merged[key], value) if isinstance(value, dict) and key in merged else value
    return merged
