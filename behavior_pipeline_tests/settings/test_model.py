"""What pipeline.toml may say."""

import pytest
from pydantic import ValidationError

from behavior_pipeline.settings.model import Settings


@pytest.mark.parametrize("key", ["all", "input"])
def test_slice_named_like_one_of_the_pipelines_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match=f"{key} is a slice of the pipeline's"):
        Settings(slices=("customer.segment", key))
