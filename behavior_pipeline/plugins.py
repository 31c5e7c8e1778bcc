"""Discovery of plug-ins: one file in a folder is one plug-in, exported as `PLUGIN`."""

import importlib
import pkgutil
from typing import TypeVar

T = TypeVar("T")


def discover(package: str, kind: type[T], *, module: str | None = None) -> dict[str, T]:
    """Return every module-level `PLUGIN` of a package by module name, in the order of the names.

    With `module`, a plug-in is a folder of the package, and its `PLUGIN` stands in the module of that name.
    A module without a `PLUGIN` of the expected kind is a mistake of its author: TypeError, at first use.
    """
    folder = importlib.import_module(package)
    plugins: dict[str, T] = {}
    for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda entry: entry.name):
        if module is not None and not info.ispkg:
            continue
        path = f"{package}.{info.name}" if module is None else f"{package}.{info.name}.{module}"
        plugin = getattr(importlib.import_module(path), "PLUGIN", None)
        if not isinstance(plugin, kind):
            raise TypeError(f"{path} must define PLUGIN, a {kind.__name__}")
        plugins[info.name] = plugin
    return plugins
