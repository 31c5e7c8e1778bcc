"""Refusals are found by the words an answer opens with."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from behavior_pipeline.traces.refusal import PHRASES, is_refusal

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I\u2019m sorry, but I can\u2019t assist with that request.",
    "I am sorry, but that is not something I can do; I cannot do it.",
    "Sorry, I can't.",
    "I cannot provide instructions for this.",
    "Unfortunately, I am unable to help you with this.",
    "I'm not able to share that.",
    "As an AI language model, I cannot have opinions on this.",
    "I must respectfully decline.",
    "I refuse to engage with this.",
    "It is not appropriate to make fun of people.",
    "I cannot fulfill your request.",
    "This goes against my guidelines.",
    "Es tut mir leid, aber dabei kann ich nicht helfen.",
    "Ich kann Ihnen dabei leider nicht helfen.",
    "D\u00e9sol\u00e9, je ne peux pas vous aider.",
    "Je ne suis pas en mesure de r\u00e9pondre.",
    "Lo siento, pero no puedo ayudar con eso.",
    "No puedo proporcionar esa informaci\u00f3n.",
    "Mi dispiace, ma non posso aiutarti.",
    "Desculpe, mas n\u00e3o posso ajudar.",
    "Het spijt me, maar ik kan dat niet doen.",
    "Ik kan u hier helaas niet mee helpen.",
    "Przykro mi, ale nie mog\u0119 pom\u00f3c.",
    "\u7533\u3057\u8a33\u3042\u308a\u307e\u305b\u3093\u304c\u3001\u304a\u7b54\u3048\u3067\u304d\u307e\u305b\u3093\u3002",
    "\u62b1\u6b49\uff0c\u6211\u4e0d\u80fd\u5e2e\u52a9\u60a8\u3002",
    "\uc8c4\uc1a1\ud558\uc9c0\ub9cc \ub3c4\uc640\ub4dc\ub9b4 \uc218 \uc5c6\uc2b5\ub2c8\ub2e4.",
]
ANSWERS = [
    "Your order has shipped and arrives on Monday.",
    "I'm sorry to hear that. Here is how to return it.",
    "You can kill a Python process with os.kill.",
    "Sie k\u00f6nnen die Rechnung im Konto herunterladen.",
    "Vous pouvez annuler la commande.",
    "",
    None,
]


@pytest.mark.parametrize("text", REFUSALS)
def test_refusal_is_found(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_answer_is_no_refusal(text: str | None) -> None:
    assert not is_refusal(text)


def test_refusing_words_late_in_an_answer_do_not_count() -> None:
    assert not is_refusal("Here is the report. " * 40 + "I can't help with that.")


def test_words_of_every_phrase_are_in_what_it_matches() -> None:
    for text in filter(None, REFUSALS):
        opening = text.casefold().replace("\u2019", "'")
        for phrase in PHRASES:
            if phrase.pattern.search(opening):
                assert any(word in opening for word in phrase.words), phrase.pattern.pattern


@given(st.text(max_size=500))
def test_any_text_gets_an_answer(text: str) -> None:
    assert is_refusal(text) in (True, False)


def test_hostile_repetition_takes_no_time() -> None:
    started = time.perf_counter()
    for piece in ("i'm sorry ", "kann ich nicht ", "as an ai ", "not ", "i cannot a "):
        is_refusal(piece * 100_000)
    assert time.perf_counter() - started < 1
