"""Discovery of plug-ins: one file in a folder is one plug-in, exported as `PLUGIN`."""

import importlib
import pkgutil
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, kind: type[T]) -> dict[str, T]:
    """Return every module-level `PLUGIN` of a package by module name, in the order of the names.

    A module without a `PLUGIN` of the expected kind is a mistake of its author: TypeError, at first use.
    """
    folder = importlib.import_module(package)
    found: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda entry: entry.name):
        plugin = getattr(importlib.import_module(f"{package}.{info.name}"), "PLUGIN", None)
        if not isinstance(plugin, kind):
            raise TypeError(f"{package}.{info.name} must define PLUGIN, a {kind.__name__}")
        found[info.name] = plugin
    return found
