"""Which attributes are stored: known ones, and those that the configuration names; all others are dropped."""

import re
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

from behavior_pipeline.settings.model import Attributes, Privacy

DECISIONS = 10_000  # names remembered; an exporter that numbers its attributes could bring any number of them


@dataclass(frozen=True)
class AllowList:
    """Globs and names of attributes to keep, and the prefix of feature flags."""

    globs: tuple[str, ...]
    names: frozenset[str]
    prefix: str

    def keeps(self, name: str) -> bool:
        """Return whether an attribute is stored."""
        known = self._known
        if (kept := known.get(name)) is None:
            kept = (
                name in self.names
                or bool(self.prefix and name.startswith(self.prefix))
                or self._globs.match(name) is not None
            )
            if len(known) < DECISIONS:
                known[name] = kept
        return kept

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _globs(self) -> re.Pattern[str]:
        return re.compile("|".join(map(translate, self.globs)) or r"(?!)")


def allow_list(privacy: Privacy, attributes: Attributes, slices: tuple[str, ...]) -> AllowList:
    """Return the attributes that the settings keep: slices and all that they name go on working."""
    named = {*slices, *attributes.prompt_version, *attributes.feature, *attributes.feedback}
    if privacy.consent.attribute is not None:
        named.add(privacy.consent.attribute)
    return AllowList(privacy.attributes, frozenset(named), attributes.feature_flag_prefix)
