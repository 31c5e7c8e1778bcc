"""Markup that escapes by construction: a string is always text, only elements nest."""

from collections.abc import Iterable
from html import escape
from typing import TypeAlias

from behavior_pipeline.values import printable

VOID = frozenset({"meta", "br", "wbr"})


class Markup(str):
    """A string that is markup already; anything else is escaped when it enters an element."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"
Attribute: TypeAlias = str | int | float | bool | None


def element(tag: str, *children: Child, **attributes: Attribute) -> Markup:
    """Return an element; `class_` and `aria_label` become `class` and `aria-label`, None leaves one out."""
    opening = f"<{tag}{''.join(_attribute(name, value) for name, value in attributes.items())}>"
    if tag in VOID:
        return Markup(opening)
    return Markup(f"{opening}{join(children)}</{tag}>")


def join(children: Child) -> Markup:
    """Return children side by side: text escaped, markup as it is, None as nothing."""
    if children is None:
        return Markup("")
    if isinstance(children, Markup):
        return children
    if isinstance(children, str | int):
        return Markup(escape(printable(str(children))))
    return Markup("".join(join(child) for child in children))


def _attribute(name: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    spelled = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {spelled}"
    shown = f"{value:.1f}" if isinstance(value, float) else str(value)
    return f' {spelled}="{escape(printable(shown))}"'
