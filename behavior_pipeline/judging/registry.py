"""Judge backends by name: a folder with a `backend.py` is one backend."""

from functools import cache

from behavior_pipeline import plugins
from behavior_pipeline.errors import ConfigError
from behavior_pipeline.judging.protocol import Backend, BackendFactory
from behavior_pipeline.settings.model import Settings


@cache
def factories() -> dict[str, BackendFactory]:
    """Return every backend plug-in by its name."""
    found = plugins.discover("behavior_pipeline.judging", BackendFactory, module="backend")
    return {factory.name: factory for factory in found.values()}


def open_backend(name: str, settings: Settings) -> Backend:
    """Return a backend built from the settings; ConfigError if `judge.backend` names none."""
    if name not in factories():
        raise ConfigError(
            happened=f"no judge backend is called {name!r}",
            kept="nothing was asked",
            remedy=f"set judge.backend to one of {', '.join(sorted(factories()))}",
        )
    return factories()[name].build(settings)
