"""Which names are of one model: behind a provider, region or path, before a date or a version, in any case.

A longer name is another product at another price (`gpt-4o-audio-preview`, `o1-mini`, `claude-sonnet-4-5`),
and so is one that merely has a number behind it (`davinci-002`, `titan-embed-text-v2:0`).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

REGION = re.compile(r"(?:us|eu|apac|global|regional|jp|au|ca|sa|us-gov)\.")
VENDOR = re.compile(
    r"(?:ai21|amazon|anthropic|cohere|deepseek|google|meta|minimax|mistral|moonshot|nvidia|openai|qwen|stability"
    r"|writer|zai)\."
)
PROVIDER = re.compile(r"(?!ft:)[a-z_-]+:(?=[a-z])")  # `openai:gpt-4o`; a tuned model has a price of its own
ALIAS = re.compile(r"[-@:]latest$")
BEDROCK = re.compile(r"-v(\d+):\d+(?::\d+k)?$")
NUMBERED = re.compile(r"-00\d$")
MONTH, DAY = "(?:0[1-9]|1[0-2])", "(?:0[1-9]|[12]\\d|3[01])"
DATE = re.compile(
    rf"[-@](?:20\d\d-?{MONTH}-?{DAY}|20\d\d-{MONTH}|{MONTH}-20\d\d|{MONTH}-{DAY}|{MONTH}{DAY}|2\d{MONTH})$"
)
POINT = re.compile(r"(?<=\d)\.(?=\d)")
DIGIT = re.compile(r"\d")
ANY = "*"
LONGEST = 300  # what is longer is no name, and not remembered


@lru_cache(maxsize=4096)
def names_of(model: str) -> tuple[str, ...]:
    """Return every name that a model goes by, from the whole one to the barest, as keys are compared with."""
    return tuple(dict.fromkeys(map(_plain, spelled(model))))


def spelled(model: str) -> tuple[str, ...]:
    """Return every name that a model goes by as it is spelled, in lower case."""
    behind = [model.strip().lower()]
    while "/" in behind[-1]:
        behind.append(behind[-1].partition("/")[2])
    for prefix in (PROVIDER, REGION, VENDOR):
        if match := prefix.match(behind[-1]):
            behind.append(behind[-1][match.end() :])
    return tuple(dict.fromkeys(shorter for one in behind if one for shorter in _without_versions(one)))


def bare_name(model: str) -> str:
    """Return the name of a model without provider, region, path, date and version."""
    return names_of(model)[-1] if model.strip() and len(model) <= LONGEST else model


def key_of(model: str | None, keys: Iterable[str]) -> str | None:
    """Return the longest key that names a model; one that ends in `*` names all models that begin so."""
    names = names_of(model) if model and model.strip() and len(model) <= LONGEST else ()
    whole = [key for key in keys if _plain(key.strip().lower()) in names]
    begun = [key for key in keys if key.endswith(ANY) and _begins(names, key[: -len(ANY)])]
    return max(whole or begun, key=len, default=None)


def _begins(names: Iterable[str], start: str) -> bool:
    return any(name.startswith(_plain(start.strip().lower())) for name in names)


def _without_versions(name: str) -> list[str]:
    """Return a name, and what is left of it without an alias, a version of Bedrock's, a number and a date."""
    names = [name]
    for pattern in (ALIAS, BEDROCK, NUMBERED, DATE):
        if (match := pattern.search(names[-1])) is None or not match.start():
            continue
        rest = names[-1][: match.start()]
        # A first version says nothing; behind a name without a number a later one is the model's own number.
        if pattern in (ALIAS, DATE) or (pattern is BEDROCK and match[1] in "01") or DIGIT.search(rest):
            names.append(rest)
    return names


def _plain(name: str) -> str:
    return POINT.sub("-", name)
