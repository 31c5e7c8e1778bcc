"""Reads the records of a JSON file one after the other, as far as it is JSON."""

import json
import re
from typing import Any

import orjson

from behavior_pipeline.labels.records import Problem

SPACE = re.compile(r"[\s,]*")
DECODER = json.JSONDecoder()


def json_documents(raw: bytes) -> tuple[list[Any], list[Problem]]:
    """Return the elements of a list, or the documents of a file with one a line, and where it breaks off."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _one_by_one(raw.decode("utf-8-sig", "surrogateescape"))
    return (document if isinstance(document, list) else [document]), []


def _one_by_one(text: str) -> tuple[list[Any], list[Problem]]:
    """Return what can be read before the first place that is no JSON."""
    documents: list[Any] = []
    at = _behind_space(text, 0)
    listed = text[at : at + 1] == "["
    at = _behind_space(text, at + listed)
    while at < len(text) and not (listed and text[at] == "]"):
        try:
            document, at = DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            return documents, [_broken(len(documents) + 1, error, text, at)]
        documents.append(document)
        at = _behind_space(text, at)
    if listed and at >= len(text):
        return documents, [Problem(f"behind task {len(documents)}", "the file ends inside of its list")]
    return documents, []


def _broken(number: int, error: Exception, text: str, at: int) -> Problem:
    where = error.pos if isinstance(error, json.JSONDecodeError) else at
    line = text.count("\n", 0, where) + 1
    return Problem(f"task {number}", f"is no JSON (line {line}); it and what follows were not read")


def _behind_space(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at
