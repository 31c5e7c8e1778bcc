from pathlib import Path

import pytest

from behavior_pipeline.datafiles.key import pseudonym_key


def test_the_environment_is_asked_before_a_key_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", "secret")
    assert pseudonym_key(tmp_path, "SOME_KEY") == b"secret"
    assert not list(tmp_path.iterdir())


def test_a_made_key_is_private_and_stays(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="SOME_OTHER_KEY is not set"):
        made = pseudonym_key(tmp_path, "SOME_OTHER_KEY")
    assert pseudonym_key(tmp_path, "SOME_OTHER_KEY") == made
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]
