"""Reads faithfulness: do documents and tool results hold the numbers, names and words of each claim?"""

from behavior_pipeline.judging.lexical.lexicon import Lexicon
from behavior_pipeline.judging.lexical.reading import Content, Reading, listed, text_of, unread
from behavior_pipeline.judging.lexical.words import (
    Sentence,
    Tokens,
    answer_text,
    plain_text,
    sentences,
    tokens,
)
from behavior_pipeline.reasons import Reason

LABELS = ("faithful", "unfaithful")


def read(content: Content, lexicon: Lexicon) -> Reading:
    """Return `unfaithful` if one claim of the answer is not backed.

    What the user said himself backs the words of an answer, for repeating it claims nothing.
    """
    answer = text_of(content, "output_text")
    if not answer.strip():
        return unread(Reason.NO_OUTPUT)
    evidence = _evidence(content)
    if not evidence:
        return unread(Reason.NO_DOCUMENTS)
    evidence.append(tokens(text_of(content, "input_text")))
    known = Tokens(
        frozenset().union(*(part.stems for part in evidence)),
        frozenset().union(*(part.numbers for part in evidence)),
    )
    claims = [claim for claim in sentences(answer_text(answer)) if _is_claim(claim, lexicon)]
    unbacked = [problem for claim in claims if (problem := _problem(claim, known, lexicon))]
    counts = ", ".join(f"{unbacked.count(kind)} by {kind}" for kind in ("number", "name", "words"))
    rationale = f"{len(claims)} claims, {len(unbacked)} not backed ({counts})"
    goodness = 1 - len(unbacked) / len(claims) if claims else 1.0
    return Reading(LABELS[bool(unbacked)], goodness, rationale)


def _evidence(content: Content) -> list[Tokens]:
    documents = content.get("documents")
    found = [_document(item) for item in documents] if isinstance(documents, list) else []
    calls = listed(content, "tool_calls")
    found += [plain_text(call["result"], keys=True) for call in calls if call.get("result") is not None]
    return [tokens(text) for text in found if text]


def _document(item: object) -> str:
    return plain_text(item.get("content") if isinstance(item, dict) else item)


def _is_claim(sentence: Sentence, lexicon: Lexicon) -> bool:
    if sentence.is_question:
        return False
    content = [stem for stem in sentence.stems if stem not in lexicon.words.stop_stems]
    return bool(sentence.numbers or sentence.names) or len(content) >= lexicon.faithfulness.least_content


def _problem(claim: Sentence, known: Tokens, lexicon: Lexicon) -> str | None:
    stop = lexicon.words.stop_stems
    if any(number not in known.numbers for number in claim.numbers):
        return "number"
    if any(name not in known.stems and name not in stop for name in claim.names):
        return "name"
    content = {stem for stem in claim.stems if stem not in stop}
    backed = len(content & known.stems)
    enough = backed >= lexicon.faithfulness.least_found * len(content)
    return None if enough or len(content) < lexicon.faithfulness.least_content else "words"
