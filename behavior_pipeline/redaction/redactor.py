"""Replaces personal data in texts by stable pseudonyms: `<EMAIL_ADDRESS_1a2b3c4d>`."""

import hashlib
import re
import unicodedata
from collections import Counter, OrderedDict
from collections.abc import Iterable
from itertools import accumulate, chain
from typing import Generic, NamedTuple, TypeVar

from behavior_pipeline.redaction import json_texts, repeats
from behavior_pipeline.redaction.finders.addresses import addresses
from behavior_pipeline.redaction.finders.credentials import credentials
from behavior_pipeline.redaction.finders.forms import forms
from behavior_pipeline.redaction.finders.names import NameModel, load_names
from behavior_pipeline.redaction.finders.numbers import numbers
from behavior_pipeline.redaction.finders.phrases import phrases
from behavior_pipeline.redaction.finders.tokens import PRIVATE_KEY, tokens
from behavior_pipeline.redaction.folded import MASK, folded
from behavior_pipeline.redaction.hits import Hit, settle
from behavior_pipeline.redaction.prefilter import Suspicion, may_hold, said_by, suspicions
from behavior_pipeline.redaction.pseudonym import value_pseudonym
from behavior_pipeline.settings.model import Privacy

FINDERS = (
    (Suspicion.NUMBERS, numbers),
    (Suspicion.FORMS, forms),
    (Suspicion.PHRASES, phrases),
    (Suspicion.ADDRESSES, addresses),
    (Suspicion.SECRETS, tokens),
    (Suspicion.SECRETS, credentials),
)
WORDED = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "STREET_ADDRESS", "URL", "EMAIL_ADDRESS"})
SECRETS = "secret:"  # how the kinds of secrets begin
KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{24,}")
CROSSING = frozenset({"CREDIT_CARD", "IBAN_CODE"})  # kinds that are looked for over the ends of texts
NOT_ALNUM = re.compile(r"[\W_]+")
ENTRIES, CHARACTERS = 20_000, 16_000_000
SHORT = 100  # a text up to here is its own key in a memory
V = TypeVar("V")
Key = str | bytes


class Redacted(NamedTuple):
    """A text without what was found in it, and the raw values by kind."""

    text: str
    counts: dict[str, int]
    values: dict[str, str]


class Memory(Generic[V]):
    """The most recently used answers by the digest of their text, at most so many entries and characters.

    System prompts and histories come again and again.
    """

    def __init__(self, *, entries: int, characters: int) -> None:
        self._entries, self._characters, self._size = entries, characters, 0
        self._known: OrderedDict[Key, tuple[V, int]] = OrderedDict()

    def get(self, key: Key) -> V | None:
        """Return what is known under a key, and remember that it was asked for."""
        if (answer := self._known.get(key)) is None:
            return None
        self._known.move_to_end(key)
        return answer[0]

    def put(self, key: Key, value: V, size: int) -> None:
        """Keep an answer of a size in characters; the oldest ones make room."""
        if size > self._characters // 8:
            return
        if (before := self._known.pop(key, None)) is not None:
            self._size -= before[1]
        self._known[key] = (value, size)
        self._size += size
        while len(self._known) > self._entries or self._size > self._characters:
            self._size -= self._known.popitem(last=False)[1][1]


def _pieces(kind: str, value: str) -> list[str]:
    """Return what is to be replaced elsewhere: of a private key its lines, however they are broken."""
    return KEY_LINE.findall(value) if kind == PRIVATE_KEY else [value]


def digest(text: str, label: str = "") -> bytes:
    """Return the key of a text and of what its place says of it."""
    return hashlib.blake2b(f"{label}\x00{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def redactor_of(privacy: Privacy, key: bytes) -> "Redactor | None":
    """Return the redactor of the settings, or None where redaction is off; made once in each process."""
    if not privacy.redact:
        return None
    names = load_names(privacy.name_model) if privacy.name_model else None
    return Redactor(key, names=names, left=frozenset(privacy.keep), secrets=privacy.secrets)


class Redactor:
    """Finds and replaces; counts what it replaced since the last `take`, and remembers it for `repeated`."""

    def __init__(
        self,
        key: bytes,
        *,
        names: NameModel | None = None,
        left: frozenset[str] = frozenset(),
        secrets: bool = True,
    ) -> None:
        self._finders = tuple(entry for entry in FINDERS if secrets or entry[0] is not Suspicion.SECRETS)
        self._key, self.names, self._left = key, names, left
        self._done: Memory[Redacted] = Memory(entries=ENTRIES, characters=CHARACTERS)
        self._named: Memory[list[Hit]] = Memory(entries=ENTRIES, characters=CHARACTERS)
        self._clean: Memory[bool] = Memory(entries=ENTRIES, characters=CHARACTERS)
        self._counts: Counter[str] = Counter()
        self._values: dict[str, str] = {}

    def text(self, text: str, label: str = "", *, names: bool = True) -> str:
        """Return a text with pseudonyms; one without hits comes back as it is.

        `label` is the name of the field that holds it, which may say what the text is; `names` whether the
        name model reads it, if there is one.
        """
        names = names and self.names is not None
        if not names and not label and not may_hold(text):
            return text
        key = digest(text, f"{label}{names}")
        if (done := self._done.get(key)) is None:
            done = self._redacted(text, label, names=names)
            self._done.put(key, done, len(text) + 100)
        self._counts.update(done.counts)
        self._values |= done.values
        return done.text

    def json(self, text: str) -> str:
        """Return JSON text with pseudonyms in its strings, keys and numbers; without hits as it is."""
        if self.names is None and not may_hold(text):
            return text
        return json_texts.redacted_json(text, self, json_texts.anything)

    def joined(self, texts: list[str]) -> list[str]:
        """Return texts that are read as one; what goes on in the next leaves its pseudonym in the first."""
        whole = "".join(texts)
        if not may_hold(whole):
            return texts
        ends = list(accumulate(map(len, texts)))
        pieces = list(texts)
        for hit in reversed(self._hits(whole, "", names=False)):
            crossed = [number for number, end in enumerate(ends[:-1]) if hit.start < end < hit.end]
            if not crossed or not (hit.kind in CROSSING or hit.kind.startswith(SECRETS)):
                continue
            value = whole[hit.start : hit.end]
            first, last = crossed[0], crossed[-1] + 1
            stand_in = self.pseudonym(hit.kind, value)
            pieces[first] = texts[first][: hit.start - ends[first] + len(texts[first])] + stand_in
            for number in range(first + 1, last):
                pieces[number] = ""
            pieces[last] = pieces[last][hit.end - ends[last - 1] :]
            self._counts[hit.kind] += 1
            self._values |= dict.fromkeys(_pieces(hit.kind, value), hit.kind)
        return pieces

    def joining(self, text: str) -> str:
        """Return an id that joins rows, rewritten: one that holds a secret stays another than all others."""
        rewritten = self.text(text)
        if f"[{SECRETS}" not in rewritten:
            return rewritten
        return f"{rewritten}{value_pseudonym('ID', text, self._key)}"

    def take(self) -> dict[str, int]:
        """Return how many values of each kind were replaced since the last call, and forget them."""
        if not self._counts:
            return {}
        counts = {kind: self._counts[kind] for kind in sorted(self._counts)}
        self._counts.clear()
        self._values.clear()
        return counts

    def holds(self, text: str) -> bool:
        """Return whether a text that is likely to come again has to be looked at."""
        key = text if len(text) <= SHORT else digest(text)
        if (known := self._clean.get(key)) is None:
            known = not may_hold(text)
            self._clean.put(key, known, 100)
        return not known

    def prepare(self, texts: Iterable[str]) -> None:
        """Let the name model read several texts at once, which is faster than one by one."""
        if self.names is not None:
            new = {key: text for text in texts if self._named.get(key := digest(text)) is None}
            for (key, text), hits in zip(new.items(), self.names.find(list(new.values())), strict=True):
                self._named.put(key, hits, len(text))

    @property
    def found_some(self) -> bool:
        """Return whether anything was found since the last `take`."""
        return bool(self._values)

    def repeated(self) -> re.Pattern[str] | None:
        """Return a pattern of the values found since the last `take`."""
        return repeats.repeats(self._values)

    def repeat(self, text: str, pattern: re.Pattern[str]) -> str:
        """Return a text in which values found elsewhere are replaced, too."""
        plain = repeats.plain_escapes(text)
        return self._replaced(plain, pattern, self._values, self._counts) if pattern.search(plain) else text

    def hits(self, text: str, label: str = "") -> list[Hit]:
        """Return what is found in a text; it is what the first round of `text` replaces."""
        return self._hits(text, label, names=True)

    def pseudonym(self, kind: str, value: str) -> str:
        """Return what stands for a value, whatever its case, width or spacing; of a secret its kind alone.

        A digest of a password would let it be guessed by whoever has the key.
        """
        if kind.startswith(SECRETS):
            return f"[{kind}]"
        normal = unicodedata.normalize("NFKC", value).casefold()
        worded = kind in WORDED
        normal = " ".join(normal.split()).rstrip("/") if worded else NOT_ALNUM.sub("", normal)
        return value_pseudonym(kind, normal, self._key)

    def _redacted(self, text: str, label: str, *, names: bool) -> Redacted:
        """Replace until nothing is found: what is left of a text can read differently from the whole."""
        counts, values = Counter[str](), dict[str, str]()
        current, hits = self._found(text, label, names=names)
        while hits:
            pieces, end = [], 0
            for hit in hits:
                value = current[hit.start : hit.end]
                values |= dict.fromkeys(_pieces(hit.kind, value), hit.kind)
                counts[hit.kind] += 1
                pieces += [current[end : hit.start], self.pseudonym(hit.kind, value)]
                end = hit.end
            current = "".join(pieces) + current[end:]
            if pattern := repeats.repeats(values):
                current = self._replaced(current, pattern, values, counts)
            current, hits = self._found(current, label, names=False)
        return Redacted(current, dict(counts), values)

    def _found(self, text: str, label: str, *, names: bool) -> tuple[str, list[Hit]]:
        """Return what is found in a text, or in what its escapes mean, and the one that it was found in."""
        readings = dict.fromkeys((text, repeats.plain_escapes(text)))
        for reading in reversed(readings) if names else readings:
            if hits := self._hits(reading, label, names=names):
                return reading, hits
        return text, []

    def _hits(self, text: str, label: str, *, names: bool) -> list[Hit]:
        view = folded(text)
        suspected = suspicions(view) | said_by(label)
        hits = chain.from_iterable(
            find(view, label) for suspicion, find in self._finders if suspicion & suspected
        )
        named = self._names_of(text) if names and self.names is not None else ()
        kept = (
            hit
            for hit in chain(hits, named)
            if hit.kind not in self._left and MASK not in view[hit.start : hit.end]
        )
        return settle(kept, view)

    def _names_of(self, text: str) -> Iterable[Hit]:
        key = digest(text)
        if self._named.get(key) is None:
            self.prepare([text])
        return self._named.get(key) or ()

    def _replaced(
        self, text: str, pattern: re.Pattern[str], values: dict[str, str], counts: Counter[str]
    ) -> str:
        kinds = {repeats.normal(value): kind for value, kind in values.items()}

        def stand_in(value: str) -> str:
            kind = kinds[repeats.normal(value)]
            counts[kind] += 1
            return self.pseudonym(kind, value)

        return repeats.replace(text, pattern, stand_in)
