"""What this package may raise: each error says what happened, what was kept and what to do.

BehaviorPipelineError
├── ConfigError          pipeline.toml, the environment or a dimension folder is wrong
├── InputError           a dump, a label file or another input of a user cannot be used
├── StorageError         the lake, PostgreSQL or the data root cannot be used
│   └── ContractError    rows break a table's contract and were not written
├── JudgeError           a judge cannot be asked at all (a single bad answer is a missing score)
└── DeliveryError        an alert could not be handed to its route
"""


class BehaviorPipelineError(Exception):
    """One clear message in three parts, for the person who reads it in a terminal or a run log."""

    def __init__(self, *, happened: str, kept: str, remedy: str) -> None:
        self.happened, self.kept, self.remedy = happened, kept, remedy
        super().__init__(f"{happened}\n  kept: {kept}\n  to do: {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error cross from a worker process to its parent with its three parts."""
        return _rebuilt, (type(self), self.happened, self.kept, self.remedy)


def _rebuilt(
    kind: type[BehaviorPipelineError], happened: str, kept: str, remedy: str
) -> BehaviorPipelineError:
    return kind(happened=happened, kept=kept, remedy=remedy)


class ConfigError(BehaviorPipelineError):
    """Configuration that cannot be used."""


class InputError(BehaviorPipelineError):
    """Input of a user that cannot be used."""


class StorageError(BehaviorPipelineError):
    """The lake, its catalog or the data root cannot be used."""


class ContractError(StorageError):
    """Rows break the contract of their table; nothing was written."""


class JudgeError(BehaviorPipelineError):
    """A judge cannot be asked at all."""


class DeliveryError(BehaviorPipelineError):
    """An alert could not be handed to its route."""
