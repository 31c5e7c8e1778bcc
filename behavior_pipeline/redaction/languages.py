"""Says whether a text is in another language than a model's, which takes any capital there for a name."""

import re
from functools import cache

OTHERS = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv")
ANY = "xx"  # what spaCy calls a model for several languages
WORD = re.compile(r"[^\W\d_]+")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
READ = 2000  # characters of a text that are looked at
FEWEST, SHARE = 4, 0.15  # words of a language that say a text is in it, and their share of all


def is_foreign(text: str, language: str) -> bool:
    """Return whether a text is written in another script or has more small words of another language.

    Texts without small words, as lists of names and addresses are, belong to every language.
    """
    if language == ANY:
        return False
    words = [word.lower() for word in WORD.findall(text[:READ])]
    if language in OTHERS and sum(LATIN.match(word) is not None for word in words) < len(words) / 2:
        return True
    own = sum(word in _small_words(language) for word in words)
    most = max(sum(word in _small_words(other) for word in words) for other in OTHERS if other != language)
    return most >= FEWEST and most > own and most / len(words) >= SHARE


@cache
def _small_words(language: str) -> frozenset[str]:
    """Return the stop words of a language that spaCy brings along."""
    from spacy.util import get_lang_class  # noqa: PLC0415 - takes half a second

    return frozenset(get_lang_class(language).Defaults.stop_words)
