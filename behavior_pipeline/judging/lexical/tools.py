"""Reads tool choice: does the request share its telling words with the called tool, or with another one?"""

from collections import Counter
from typing import Any

from behavior_pipeline.judging.lexical.lexicon import Lexicon
from behavior_pipeline.judging.lexical.reading import Content, Reading, listed, text_of, unread
from behavior_pipeline.judging.lexical.words import tokens
from behavior_pipeline.reasons import Reason

LABELS = ("right_tool", "wrong_tool")
NAME_WEIGHT = 2
FEW_TOOLS = 2
STRONG_FIT = 3


def read(content: Content, lexicon: Lexicon) -> Reading:
    """Return `wrong_tool` if a called tool fits the request clearly worse than the best one offered.

    Where no tool was called, that is wrong only if an offered tool fits strongly. Words that most of the
    offered tools share tell nothing. Without any shared word there is no evidence, and the choice stands.
    """
    offered = {
        str(tool["name"]): tool for tool in map(_flat, listed(content, "tool_definitions")) if "name" in tool
    }
    called = [str(call["name"]) for call in listed(content, "tool_calls") if call.get("name")]
    if not offered and not called:
        return unread(Reason.NO_TOOLS)
    for name in called:
        offered.setdefault(name, {"name": name})
    fits = _fits(text_of(content, "input_text"), offered, stop=lexicon.words.stop_stems)
    best = max(fits.values())
    unlike = [name for name in called if fits[name] < lexicon.tools.near * best]
    missed = not called and best >= STRONG_FIT
    rationale = (
        f"{len(offered)} tools known, {len(called)} called, {len(unlike)} unlike the request; "
        f"best fit {best}, worst called fit {min((fits[name] for name in called), default=0)}"
    )
    return Reading(LABELS[bool(unlike) or missed], 0.0 if unlike or missed else 1.0, rationale)


def _flat(tool: dict[str, Any]) -> dict[str, Any]:
    """Return a definition without the `function` wrapper some providers put around it."""
    inner = tool.get("function")
    return inner if isinstance(inner, dict) else tool


def _fits(request: str, offered: dict[str, dict[str, Any]], *, stop: frozenset[str]) -> dict[str, int]:
    asked = tokens(request).stems - stop
    names = {name: tokens(name.replace("_", " ")).stems - stop for name in offered}
    described = {name: names[name] | (_described(tool) - stop) for name, tool in offered.items()}
    spread = Counter(word for words in described.values() for word in words)
    most = len(offered) / 2 if len(offered) > FEW_TOOLS else len(offered)
    telling = {word for word in asked if spread[word] <= most}
    return {
        name: len(telling & described[name]) + (NAME_WEIGHT - 1) * len(telling & names[name])
        for name in offered
    }


def _described(tool: dict[str, Any]) -> frozenset[str]:
    parameters = tool.get("parameters")
    properties = parameters.get("properties") if isinstance(parameters, dict) else None
    names = " ".join(map(str, properties)) if isinstance(properties, dict) else ""
    return tokens(f"{tool.get('description') or ''} {names.replace('_', ' ')}").stems
