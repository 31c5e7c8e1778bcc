"""Text and numbers of cells as they may be printed: nothing steers a terminal, nothing is endless."""

from typing import Any

import pandas as pd

from behavior_pipeline.reasons import Reason

MAX_WORD = 80
_HINTS = {str(reason): reason.hint for reason in Reason}


def printable(text: str, *, lines: bool = False) -> str:
    """Return text without signs that steer a terminal or turn its direction; with `lines`, line ends stay."""
    return "".join(
        letter if letter.isprintable() or (lines and letter == "\n") else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def bounded(text: str, limit: int) -> str:
    """Return text of at most so many characters."""
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def plain(text: str) -> str:
    """Return text that came with the traces as one printable word of bounded length."""
    return bounded(printable(text), MAX_WORD)


def short(value: float | None) -> str:
    """Return a score with two digits, as people write it: .94, 1.00; `unknown` when missing."""
    if value is None or pd.isna(value):
        return "unknown"
    text = f"{value:.2f}"
    return text[1:] if text.startswith("0.") else text.replace("-0.", "-.")


def spoken(word: Any) -> str:
    """Return the sentence behind a reason, or the word itself; nothing where there is none."""
    return "" if pd.isna(word) else _HINTS.get(str(word), str(word))
