"""Finds names of people, places and organisations with an installed spaCy model; nothing is downloaded."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from behavior_pipeline.errors import ConfigError
from behavior_pipeline.redaction.hits import LIKELY, Hit

KINDS = {
    "PERSON": "PERSON", "PER": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION",
    "ORG": "ORGANIZATION", "NORP": "NRP",
}  # fmt: skip
# A name model needs its word vectors, its finder and the tags of words, which cost next to nothing; parsing
# would take most of the time.
LEFT_OUT = ["parser", "senter", "attribute_ruler", "lemmatizer", "morphologizer", "textcat"]
CHUNK = 20_000
BATCH = 32
# Ids, code and markup, which models like to take for organisations.
NO_NAME = re.compile(r"[\d_@/\\{}\[\]\"<>=|#*`~^+]|https?:")
EDGES = " \t'\u2019\"\u201c\u201d\u2018.,;:!?()-\u2013\u2014"
LONGEST = 80
ACRONYM = re.compile(r"[A-Z]{1,4}")
# Tags of the Penn treebank; models of other languages have others, and are taken at their word.
PROPER = frozenset({"NNP", "NNPS"})
COMMON = frozenset({"NN", "NNS", "VB", "VBP", "VBZ", "VBD", "VBG", "VBN", "IN", "DT", "RB", "CD", "UH"})
# A model takes any capital of another language for a name: such texts are known by their small words.
LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv")
ANY = "xx"  # what spaCy calls a model for several languages
WORD = re.compile(r"[^\W\d_]+")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
READ = 2000  # characters of a text that are looked at for its language
FEWEST, SHARE = 4, 0.15  # words of a language that say a text is in it, and their share of all


class NameModel:
    """A spaCy pipeline of which only the finder of names is used."""

    def __init__(self, nlp: Any) -> None:
        self._nlp = nlp

    def find(self, texts: Sequence[str]) -> Iterator[list[Hit]]:
        """Yield the names of each text; texts of one word, which say nothing of themselves, hold none."""
        pieces = [
            (number, offset, piece)
            for number, text in enumerate(texts)
            for offset, piece in _chunks(text)
            if not is_foreign(piece, self._nlp.lang)
        ]
        hits: list[list[Hit]] = [[] for _ in texts]
        documents = self._nlp.pipe((piece for _, _, piece in pieces), batch_size=BATCH)
        for (number, offset, _), document in zip(pieces, documents, strict=True):
            for entity in document.ents:
                kind = KINDS.get(entity.label_)
                if kind is not None and (kind == "NRP" or _is_proper(entity)):
                    hits[number] += _hits(entity.text, offset + entity.start_char, kind)
        yield from hits


def load_names(name: str) -> NameModel:
    """Load a model by the name of its package or the path of its folder; ConfigError if there is none."""
    import spacy  # noqa: PLC0415 - takes half a second

    try:
        nlp = spacy.load(name, exclude=LEFT_OUT)
    except (OSError, ImportError) as error:
        raise ConfigError(
            happened=f"privacy.name_model is {name!r}, but no such spaCy model is installed",
            kept="nothing was run",
            remedy="install the model's package (offline: from a wheel), give the path of its folder, or"
            " remove the key: names are then found only where words like 'my name is' announce them",
        ) from error
    if "ner" not in nlp.pipe_names:
        raise ConfigError(
            happened=f"the spaCy model {name!r} of privacy.name_model finds no names: it has no `ner`",
            kept="nothing was run",
            remedy="name a model with a component `ner`, as the ones called core_web and core_news have",
        )
    return NameModel(nlp)


def is_foreign(text: str, language: str) -> bool:
    """Return whether a text is written in another script or has more small words of another language.

    Texts without small words, as lists of names and addresses are, belong to every language.
    """
    if language == ANY:
        return False
    words = [word.lower() for word in WORD.findall(text[:READ])]
    if language in LANGUAGES and sum(LATIN.match(word) is not None for word in words) < len(words) / 2:
        return True
    of_the_model = sum(word in _small_words(language) for word in words)
    most = max(sum(word in _small_words(other) for word in words) for other in LANGUAGES if other != language)
    return most >= FEWEST and most > of_the_model and most / len(words) >= SHARE


@cache
def _small_words(language: str) -> frozenset[str]:
    """Return the stop words of a language that spaCy brings along."""
    from spacy.util import get_lang_class  # noqa: PLC0415 - takes half a second

    return frozenset(get_lang_class(language).Defaults.stop_words)


def _chunks(text: str) -> Iterable[tuple[int, str]]:
    """Yield a text in pieces that end at white space, since a model's memory grows with its text."""
    if " " not in text.strip():
        return
    start = 0
    while start < len(text):
        end = start + CHUNK
        if end < len(text):
            end = max(text.rfind(" ", start + CHUNK // 2, end), start + CHUNK // 2) + 1
        yield start, text[start:end]
        start = end


def _is_proper(entity: Any) -> bool:
    """Return whether a name has a proper noun among its words, as far as the model tags in English."""
    tags = {token.tag_ for token in entity}
    return tags <= {""} or bool(tags & PROPER) or not any(tag in COMMON for tag in tags)


def _hits(text: str, start: int, kind: str) -> Iterator[Hit]:
    """Yield the lines of what a model took for a name, without signs at their ends."""
    for line in re.finditer(r"[^\n\r\x00]+", text):
        bare = line.group().strip(EDGES)
        bare = bare.removesuffix("'s").removesuffix("\u2019s")
        if len(bare) < 2 or len(bare) > LONGEST or NO_NAME.search(bare) or bare.islower():  # noqa: PLR2004
            continue
        if kind == "ORGANIZATION" and ACRONYM.fullmatch(bare):
            continue  # SKU, EUR, API: an acronym is an organisation's too seldom
        at = start + line.start() + line.group().index(bare)
        yield Hit(at, at + len(bare), kind, LIKELY)
