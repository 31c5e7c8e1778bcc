"""Measures redaction on sets that were made before its recognisers: secrets, numbers, and harmless texts.

    python benchmarks/privacy_made.py [--texts 10000] [--show]

A made value counts as found when none of what must go is left in the redacted row; of the harmless texts,
each that a recogniser of secrets (or of numbers) changes counts. `--show` prints misses and false hits.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import orjson
from made_numbers import harmless_numbers, made_numbers
from made_secrets import made_secrets
from technical import technical_texts

from behavior_pipeline.redaction.folded import PSEUDONYM
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.redaction.row import redact_row
from behavior_pipeline.settings.model import Privacy
from behavior_pipeline.tables.traces import SPANS

KEY = b"benchmark"
OF_SECRETS = "secret:"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    redactor = redactor_of(Privacy(), KEY)
    assert redactor is not None
    recall("secrets", made_secrets(given.seed), redactor, show=given.show)
    technical = list(technical_texts(given.texts, given.seed))
    false_hits(
        "technical texts", technical, redactor, lambda kind: kind.startswith(OF_SECRETS), show=given.show
    )
    recall("numbers", made_numbers(given.seed), redactor, show=given.show)
    things = list(harmless_numbers(given.texts, given.seed))
    false_hits(
        "numbers of things", things, redactor, lambda kind: not kind.startswith(OF_SECRETS), show=given.show
    )


def recall(
    title: str, placed: Iterable[tuple[str, str, str, Sequence[str]]], redactor: Redactor, *, show: bool
) -> None:
    """Print by kind how many made values are gone."""
    made, gone = Counter[str](), Counter[str]()
    for kind, column, content, values in placed:
        row = dict.fromkeys(SPANS.columns) | {"attributes": "{}", "name": "chat", column: content}
        redact_row(row, redactor)
        left = [value for value in values if stands_in(row[column], value)]
        made[kind] += 1
        gone[kind] += not left
        if left and show:
            print(f"  missed {kind} in {column}: {left[0][:60]!r} of {content[:400]!r}")
    for kind, count in made.items():
        print(f"{title}: {kind} {gone[kind]} of {count}")
    print(f"{title}: all {gone.total()} of {made.total()} ({gone.total() / made.total():.1%})")


def stands_in(content: str, value: str) -> bool:
    """Return whether a value is left in a text, or in JSON, or in JSON that is a text of JSON."""
    content = PSEUDONYM.sub("", content)
    escaped = orjson.dumps(value).decode()[1:-1]
    return value in content or escaped in content or orjson.dumps(escaped).decode()[1:-1] in content


def false_hits(
    title: str, texts: Sequence[str], redactor: Redactor, counts: Callable[[str], bool], *, show: bool
) -> None:
    """Print how many harmless texts are changed, read as texts and, where they are, as JSON."""
    hit_texts, by_kind = 0, Counter[str]()
    for text in texts:
        redactor.take()
        changed = redactor.json(text) if text.startswith(("{", "[")) else redactor.text(text)
        kinds = {kind for kind in redactor.take() if counts(kind)}
        hit_texts += bool(kinds)
        by_kind.update(kinds)
        if kinds and show:
            print(f"  {sorted(kinds)}: {changed[:300]!r}")
    print(f"{title}: {hit_texts} of {len(texts)} hit {dict(by_kind)}")


if __name__ == "__main__":
    main()
