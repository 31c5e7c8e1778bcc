"""Reads the golden cases: an input, what it must give, the tolerance, and the source of the number."""

import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).with_name("golden.json")


def golden_cases(*prefixes: str) -> list[Any]:
    """Return the cases whose name starts with a prefix, as pytest parameters named like the case."""
    cases = json.loads(FILE.read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["name"]) for case in cases if case["name"].startswith(prefixes)]
