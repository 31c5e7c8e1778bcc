"""Reads tone: weighted words and punctuation of the answer against a threshold."""

import re
from math import exp

from behavior_pipeline.judging.lexical.lexicon import Lexicon
from behavior_pipeline.judging.lexical.reading import Content, Reading, text_of, unread
from behavior_pipeline.judging.lexical.words import answer_text
from behavior_pipeline.reasons import Reason

LABELS = ("on_brand", "off_brand")
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
SHOUTED = re.compile(r"\b[A-Z]{5,}\b")
STEEPNESS = 2.0


def read(content: Content, lexicon: Lexicon) -> Reading:
    """Return `off_brand` if the summed weights reach the build's threshold."""
    answer = answer_text(text_of(content, "output_text"))
    if not answer.strip():
        return unread(Reason.NO_OUTPUT)
    tone = lexicon.tone
    weights = tone.matcher.weights_in(answer)
    exclamations = max(answer.count("!") - 1, 0)
    emoji, shouted = len(EMOJI.findall(answer)), len(SHOUTED.findall(answer))
    marks = tone.marks
    total = sum(weights) + exclamations * marks.exclamation + emoji * marks.emoji + shouted * marks.shouting
    rationale = (
        f"{sum(weight > 0 for weight in weights)} off-brand and "
        f"{sum(weight < 0 for weight in weights)} courteous phrases, "
        f"{exclamations} extra exclamation marks, {emoji} emoji, {shouted} shouted words; "
        f"weight {total:.2f} of {tone.threshold:.2f}"
    )
    goodness = 1 / (1 + exp(min(STEEPNESS * (total - tone.threshold), 700)))
    return Reading(LABELS[total >= tone.threshold - 1e-9], goodness, rationale)
