"""The answer holds none of the phrases that it must never hold."""

import re
from functools import lru_cache

from pydantic import Field

from behavior_pipeline.evaluators.check import Case, Check, Outcome, Parameters, failed, passed, unscored
from behavior_pipeline.reasons import Reason


class BannedPhrasesParameters(Parameters):
    """Which phrases are banned and how they are compared."""

    phrases: tuple[str, ...] = Field(
        (), description="Phrases as they would be read; white space counts as one."
    )
    ignore_case: bool = Field(True, description="Whether capital letters make no difference.")
    whole_words: bool = Field(True, description="Whether `ass` may stand inside `assistant`.")


def evaluate(case: Case, parameters: BannedPhrasesParameters) -> Outcome:
    """Return pass or fail; NO_SCHEMA where no phrase is declared."""
    phrases = tuple(phrase for phrase in parameters.phrases if phrase.strip())
    if not phrases:
        return unscored(Reason.NO_SCHEMA)
    if not case.output_text:
        return unscored(case.why_absent("output_text", Reason.NO_OUTPUT))
    pattern = _pattern(phrases, ignore_case=parameters.ignore_case, whole_words=parameters.whole_words)
    text = " ".join(case.output_text.split())
    return failed("banned_phrase") if pattern.search(text) else passed()


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...], *, ignore_case: bool, whole_words: bool) -> re.Pattern[str]:
    """Return one alternation of literals: nothing in it can backtrack further than a phrase is long."""
    literals = "|".join(re.escape(" ".join(phrase.split())) for phrase in phrases)
    bounded = rf"(?<!\w)(?:{literals})(?!\w)" if whole_words else literals
    return re.compile(bounded, re.IGNORECASE if ignore_case else 0)


PLUGIN = Check(BannedPhrasesParameters, evaluate)
