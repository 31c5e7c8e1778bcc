"""Verdicts that a team has already, from a CSV or evaluation events, under the same gate as any judge."""

from dataclasses import astuple
from datetime import UTC, datetime
from functools import cached_property

from behavior_pipeline.datafiles.key import pseudonym_key
from behavior_pipeline.errors import ConfigError, JudgeError
from behavior_pipeline.judging.protocol import CONTENT_DIGEST_LENGTH, Answer, BackendFactory, Item, Question
from behavior_pipeline.judging.recorded.file import RecordedFile, recorded_file
from behavior_pipeline.judging.recorded.rules import BACKEND, RecordedRules, rules_of
from behavior_pipeline.judging.recorded.verdict import Recorded, verdict_of
from behavior_pipeline.provenance.digests import short_digest
from behavior_pipeline.reasons import Reason
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.settings.model import Settings
from behavior_pipeline.words import UNKNOWN


class RecordedJudge:
    """Looks verdicts up by trace id; a trace without one is missing, and so is a verdict outside the scale.

    What answers is the recorded version, so `declared@recorded version` stands in every series, and a new one
    breaks it, as a new model does.
    """

    name = BACKEND
    local = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._read: dict[tuple[object, ...], RecordedRules] = {}

    def config_digest(self, question: Question) -> str:
        """Return the digest of how verdicts are read; which version gave them is told by each answer."""
        rules = self._rules(question)
        return short_digest([self.name, rules.source, rules.name, rules.labels, rules.thresholds])

    def content_digest(self, question: Question, item: Item) -> str:
        """Return the digest of trace, version and verdict: equal texts may have been judged differently.

        With the verdict in it, one that was added or corrected is read at the next run of its day.
        """
        version, verdict = self._look_up(question, item)
        cells = None if verdict is None else [str(value) for value in astuple(verdict)]
        return short_digest([item.item_id, version, cells], length=CONTENT_DIGEST_LENGTH)

    def reserve_usd(self, question: Question, item: Item) -> float:
        """Return the recorded cost, which counts in the budget like that of any judge; 0 if unknown."""
        _, verdict = self._look_up(question, item)
        return 0.0 if verdict is None or verdict.cost_usd is None else verdict.cost_usd

    def ask(self, question: Question, item: Item) -> Answer:
        """Return the recorded verdict as one of the question's labels, or why there is none."""
        version, verdict = self._look_up(question, item)
        if version is None or verdict is None:
            return _answer(Recorded(reason=Reason.NOT_RECORDED), None, UNKNOWN)
        label = None if verdict.reason else self._rules(question).label_of(verdict)
        model = version if verdict.response_model is None else f"{version}/{verdict.response_model}"
        return _answer(
            verdict, label if label in question.labels else None, model, self._shown(verdict.rationale)
        )

    def score(self, question: Question, item: Item) -> float | None:
        """Return the number that was recorded for an item, None if there is none."""
        _, verdict = self._look_up(question, item)
        return None if verdict is None else verdict.score

    def _look_up(self, question: Question, item: Item) -> tuple[str | None, Recorded | None]:
        rules = self._rules(question)
        version = rules.version_on(question.judge, item.on)
        name = rules.name or question.dimension
        if version is None:
            return None, None
        if rules.source == "events":
            return version, verdict_of(item.evaluations, name, version)
        if version not in self.file.versions.get(name, ()):
            raise _unknown_version(question, self.file, name=name, version=version)
        return version, self.file.verdict(name, version, item.item_id)

    def _rules(self, question: Question) -> RecordedRules:
        """Return how the dimension reads its records, validated once and not for each item."""
        judge = question.judge
        key = (question.dimension, question.labels, repr(judge.parameters))
        if key not in self._read:
            self._read[key] = rules_of(question.dimension, judge, question.labels)
        return self._read[key]

    @cached_property
    def file(self) -> RecordedFile:
        """Return the file of recorded verdicts, as it was when this judge was first asked."""
        rules = self._settings.judging.recorded
        if rules.file is None:
            raise ConfigError(
                happened="a judge reads recorded verdicts, but no file is named",
                kept="nothing was judged",
                remedy='set judging.recorded.file in pipeline.toml, or judge.parameters.source = "events"',
            )
        return recorded_file(self._settings.root / rules.file, rules.columns)

    @cached_property
    def _redactor(self) -> Redactor | None:
        settings = self._settings
        return redactor_of(settings.privacy, pseudonym_key(settings.root, settings.privacy.key_variable))

    def _shown(self, rationale: str | None) -> str | None:
        """Return a rationale without personal data: it may quote a text as it was before redaction."""
        if rationale is None or self._redactor is None:
            return rationale
        text = self._redactor.text(rationale)
        self._redactor.take()
        return text


def _answer(verdict: Recorded, label: str | None, model: str, rationale: str | None = None) -> Answer:
    return Answer(
        label=label,
        rationale=rationale,
        response_model=model,
        fingerprint=None,
        cost_usd=verdict.cost_usd,
        latency_ms=verdict.latency_ms,
        answered_at=verdict.answered_at or datetime.now(UTC),
        missing_reason=None if label is not None else verdict.reason or Reason.JUDGE_MALFORMED,
    )


def _unknown_version(question: Question, file: RecordedFile, *, name: str, version: str) -> JudgeError:
    there = sorted(file.versions.get(name, ()))
    return JudgeError(
        happened=f"{file.name} has no verdict of the judge version {version!r} on {name!r};"
        f" of that name there are the versions {there}, and the names {sorted(file.versions)}",
        kept="the verdicts read so far; other dimensions are not affected",
        remedy=f"set judge.model (or parameters.versions, parameters.name) of {question.dimension} to one of"
        " them, or add the rows",
    )


def _build(settings: Settings) -> RecordedJudge:
    return RecordedJudge(settings)


PLUGIN = BackendFactory(name=BACKEND, build=_build)
