"""Finds refusals by the words an answer opens with; what is found is a hint, not a verdict on the answer."""

import re
from typing import NamedTuple

OPENING_CHARACTERS = 320
APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\uff07": "'"})  # typographic ones


class Phrase(NamedTuple):
    """A pattern, and words of which every match holds one: looking for them first is thirty times as fast.

    Patterns hold literal words and bounded gaps only, so that matching stays linear in the opening.
    """

    words: tuple[str, ...]
    pattern: re.Pattern[str]


def _phrase(words: str, *pattern: str) -> Phrase:
    return Phrase(tuple(words.split("|")), re.compile("".join(pattern)))


CANNOT = r"(?:can'?t|cannot|can not|won'?t|will not|am unable to|am not able to|am not going to)"
HELP = (
    "help|assist|provide|comply|fulfil|answer|support|do that|do this|give|create|generate|write|offer|share|"
    "engage|discuss|recommend|advise|encourage|condone|promote|participate|continue|respond|tell you|teach|"
    "explain|suggest|facilitate|produce|make"
)
PHRASES = (
    # English
    _phrase(
        "sorry",
        r"\bi(?:'m| am) (?:really |very |so |truly )?sorry,? (?:but )?(?:i|that|this|it|as an)\b.{0,60}?",
        r"\b(?:can'?t|cannot|can not|unable|won'?t|not able|don't|do not|isn't|not appropriate)\b",
    ),
    _phrase("sorry", r"^(?:i'm |i am )?sorry[,.]? (?:but )?(?:i can'?t|i cannot|no)\b"),
    _phrase(
        "can't|cant|cannot|can not|won't|wont|will not|unable|not able|not going",
        rf"\bi (?:just |really |simply |unfortunately )?{CANNOT} (?:\w+ ){{0,2}}(?:{HELP})",
    ),
    _phrase(
        "refuse|comfortable",
        rf"\bi (?:refuse to|(?:do not|don't) feel comfortable) (?:\w+ ){{0,2}}(?:{HELP})",
    ),
    _phrase("i'm unable|i'm not able|i'm not going", r"\bi'm (?:unable|not able|not going) to\b"),
    _phrase(
        "decline|refuse",
        r"\bi (?:(?:must|have to|need to|will|would have to) )?(?:respectfully |politely )?decline\b",
        r"|\bi (?:must|have to|need to|will|would have to) refuse\b",
    ),
    _phrase(
        "as an a|as a l|as a r|as an e",
        r"\bas an? (?:ai|artificial intelligence|language model|responsible|ethical)\b.{0,100}?",
        r"\bi (?:can'?t|cannot|can not|am unable|am not able|won'?t|will not|do not|don't)\b",
    ),
    _phrase(
        " not ",
        r"\b(?:it is|it's|it would be|this is|that is|that's) not ",
        r"(?:appropriate|ethical|acceptable|something i can)\b",
    ),
    _phrase(
        "fulfil|satisfy|complete", r"\bi (?:can'?t|cannot) (?:fulfill?|satisfy|complete) (?:your|this|that)\b"
    ),
    _phrase(
        "against|violate",
        r"\b(?:against|violates?) (?:my|our|the) "
        r"(?:programming|guidelines|policy|policies|principles|ethical)\b",
    ),
    # German
    _phrase("leid", r"\b(?:es )?tut mir (?:sehr )?leid,? (?:aber )?.{0,40}?(?:kann|darf|nicht)\b"),
    _phrase(
        "nicht",
        r"\b(?:kann|darf|werde) (?:ich )?(?:ihnen |dir |dabei |hier |das |diese \w+ ){0,3}(?:leider )?nicht ",
        r"(?:\w+ ){0,2}(?:helfen|weiterhelfen|unterst\u00fctzen|beantworten|erf\u00fcllen)",
    ),
    # French
    _phrase("d\u00e9sol\u00e9", r"\bd\u00e9sol\u00e9e?,? (?:mais )?je ne (?:peux|puis|suis)\b"),
    _phrase(
        "je ne",
        r"\bje ne (?:peux|puis) (?:malheureusement )?pas (?:vous |t')?"
        r"(?:aider|r\u00e9pondre|fournir|assister)",
        r"|\bje ne suis pas en mesure de\b",
    ),
    # Spanish
    _phrase(
        "lo siento|lo lamento", r"\blo (?:siento|lamento),? (?:pero )?no (?:puedo|me es posible|podr\u00e9)\b"
    ),
    _phrase("no puedo", r"\bno puedo (?:ayudar|proporcionar|responder|cumplir|asistir|ofrecer)"),
    # Italian
    _phrase("mi dispiace", r"\bmi dispiace,? (?:ma )?non (?:posso|sono in grado)\b"),
    _phrase("non posso", r"\bnon posso (?:aiutar|fornir|rispondere|assister)"),
    # Portuguese
    _phrase(
        "n\u00e3o", r"\b(?:desculpe|sinto muito|lamento),? (?:mas )?(?:eu )?n\u00e3o (?:posso|consigo)\b"
    ),
    _phrase("n\u00e3o posso", r"\bn\u00e3o posso (?:ajud|fornecer|responder|atender)"),
    # Dutch
    _phrase("spijt", r"\bhet spijt me,? (?:maar )?.{0,20}?(?:kan|mag)\b"),
    _phrase(
        "niet",
        r"\bik kan (?:u |je |hier |daar ){0,2}(?:helaas )?niet (?:\w+ )?(?:helpen|bij helpen|beantwoorden)",
    ),
    # Polish
    _phrase("nie mog\u0119", r"\b(?:przykro mi|przepraszam),? (?:ale )?nie mog\u0119\b"),
    # Japanese, Chinese, Korean: words have no boundaries
    _phrase(
        "\u7533\u3057\u8a33|\u3059\u307f\u307e\u305b\u3093|\u3054\u3081\u3093\u306a\u3055\u3044",
        r"(?:\u7533\u3057\u8a33|\u3059\u307f\u307e\u305b\u3093|\u3054\u3081\u3093\u306a\u3055\u3044).{0,40}?",
        r"(?:\u3067\u304d\u307e\u305b\u3093|\u3044\u305f\u3057\u304b\u306d\u307e\u3059|\u5fdc\u3048\u3067\u304d)",
    ),
    _phrase(
        "\u3067\u304d\u307e\u305b\u3093",
        "\u304a\u7b54\u3048\u3067\u304d\u307e\u305b\u3093|\u304a\u624b\u4f1d\u3044\u3067\u304d\u307e\u305b\u3093",
    ),
    _phrase(
        "\u62b1\u6b49|\u5bf9\u4e0d\u8d77|\u5c0d\u4e0d\u8d77",
        "(?:\u62b1\u6b49|\u5bf9\u4e0d\u8d77|\u5c0d\u4e0d\u8d77).{0,20}?",
        "(?:\u4e0d\u80fd|\u65e0\u6cd5|\u7121\u6cd5|\u4e0d\u4f1a)",
    ),
    _phrase("\uc8c4\uc1a1", "\uc8c4\uc1a1.{0,40}?(?:\uc218 \uc5c6|\uc5b4\ub835)"),
)


def is_refusal(text: str | None) -> bool:
    """Return whether an answer opens with the words of a refusal, in one of eleven languages."""
    if not text:
        return False
    opening = " ".join(text[:OPENING_CHARACTERS].translate(APOSTROPHES).casefold().split())
    return any(
        phrase.pattern.search(opening) is not None
        for phrase in PHRASES
        if any(word in opening for word in phrase.words)
    )
