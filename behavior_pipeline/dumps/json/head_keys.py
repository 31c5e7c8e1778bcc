"""Looks at the beginning of a JSON file: which keys its objects have, and how deep they stand."""

import re

TOKEN = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|["{}]')


def keys_by_level(head: bytes) -> tuple[frozenset[str], ...]:
    """Return the keys of the outermost objects, of the objects in them, and so on, as far as the head goes.

    Lists do not count as levels, so that a file of one list looks like a file of lines.
    """
    levels: list[set[str]] = []
    depth = 0
    for token in TOKEN.finditer(head):
        mark = token.group()
        if mark == b"{":
            depth += 1
        elif mark == b"}":
            depth = max(0, depth - 1)
        elif mark == b'"':
            break  # a string that the head cuts off
        elif token.group(2) and depth:
            levels += [set() for _ in range(depth - len(levels))]
            levels[depth - 1].add(token.group(1).decode("utf-8", "replace"))
    return tuple(frozenset(level) for level in levels)


def row_keys(head: bytes, *wrappers: str) -> frozenset[str]:
    """Return the keys of a file's rows: its outermost objects', or those inside of a page."""
    levels = keys_by_level(head)
    if len(levels) > 1 and levels[0] & set(wrappers):
        return levels[0] | levels[1]
    return levels[0] if levels else frozenset()
