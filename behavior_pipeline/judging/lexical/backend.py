"""The embedded judge: offline, deterministic and free; it judges by words and knows nothing of meaning."""

from collections.abc import Mapping
from datetime import UTC, datetime
from time import perf_counter

from behavior_pipeline.errors import JudgeError
from behavior_pipeline.judging.lexical.lexicon import Lexicon, load_lexicon
from behavior_pipeline.judging.lexical.readings import READINGS, Reader, Reading
from behavior_pipeline.judging.protocol import Answer, BackendFactory, Item, Question
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.settings.model import Settings

READING_PARAMETER = "reading"
DEFAULT_ALIAS = "default"


class LexicalJudge:
    """Asks a lexicon build; `builds` says per dimension which build the alias points to, as a provider would.

    A dimension of another name says which reading it wants with `judge.parameters.reading`.
    """

    name = "lexical"
    local = True

    def __init__(self, builds: Mapping[str, str]) -> None:
        self._builds = dict(builds)

    def config_digest(self, question: Question) -> str:
        """Return the digest of what is declared: the build behind the alias is known only by its answers."""
        judge = question.judge
        return short_digest([self.name, judge.model, judge.parameters, list(judge.reads)])

    def content_digest(self, question: Question, item: Item) -> str:
        """Return the digest of the content: equal texts are asked once."""
        return item.digest

    def reserve_usd(self, question: Question, item: Item) -> float:
        """Return 0: words cost nothing."""
        return 0.0

    def ask(self, question: Question, item: Item) -> Answer:
        """Return the reading's verdict as one of the question's labels."""
        started = perf_counter()
        lexicon = self._lexicon(question.dimension)
        reader, native = _reading(question)
        reading = reader(item.content, lexicon)
        label = None if reading.label is None else _label(reading, native, question)
        return Answer(
            label=label,
            rationale=reading.rationale,
            response_model=f"lexicon-{lexicon.build}",
            fingerprint=lexicon.fingerprint,
            cost_usd=0.0,
            latency_ms=(perf_counter() - started) * 1000,
            answered_at=datetime.now(UTC),
            missing_reason=reading.missing,
        )

    def _lexicon(self, dimension: str) -> Lexicon:
        return load_lexicon(self._builds.get(dimension) or self._builds.get(DEFAULT_ALIAS) or "a")


def _reading(question: Question) -> tuple[Reader, tuple[str, ...]]:
    wanted = str(question.judge.parameters.get(READING_PARAMETER) or question.dimension)
    if wanted not in READINGS:
        raise JudgeError(
            happened=f"the lexical judge has no reading for dimension {question.dimension}",
            kept="nothing was judged for it; other dimensions are not affected",
            remedy=f"set judge.parameters.reading to one of {sorted(READINGS)}, or use another backend",
        )
    return READINGS[wanted]


def _label(reading: Reading, native: tuple[str, ...], question: Question) -> str:
    """Return the reading's own label, or its place on a scale of numbers, lowest to highest."""
    labels = question.labels
    if reading.label in labels:
        return str(reading.label)
    if all(label.lstrip("-").replace(".", "", 1).isdigit() for label in labels):
        ordered = sorted(labels, key=float)
        return ordered[min(int(reading.goodness * len(ordered)), len(ordered) - 1)]
    raise JudgeError(
        happened=f"the lexical judge answers {list(native)}, {question.dimension} asks for {list(labels)}",
        kept="nothing was judged for it; other dimensions are not affected",
        remedy="use the reading's labels or a scale of numbers in defs.yaml, or use another backend",
    )


def _build(settings: Settings) -> LexicalJudge:
    return LexicalJudge(settings.judging.lexicon_builds)


PLUGIN = BackendFactory(name="lexical", build=_build)
