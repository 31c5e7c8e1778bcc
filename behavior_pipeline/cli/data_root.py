"""Which data root and configuration a command works on."""

import os
from pathlib import Path

from behavior_pipeline.settings.variables import CONFIG_VARIABLE, DATA_VARIABLE

CHECKOUT = Path(__file__).parents[2]


def use_data_root(root: Path) -> None:
    """Work on a data root, with the pipeline.toml that lies in it, if one does."""
    os.environ[DATA_VARIABLE] = str(root.expanduser().resolve())
    config = root / "pipeline.toml"
    if config.is_file():
        os.environ[CONFIG_VARIABLE] = str(config.expanduser().resolve())
