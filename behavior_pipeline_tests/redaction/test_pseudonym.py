from pathlib import Path

import pytest

from behavior_pipeline.redaction.pseudonym import pseudonym_key, user_key, value_pseudonym


def test_a_user_and_a_value_with_the_same_text_are_not_linked() -> None:
    key = user_key("anna@example.org", b"key")
    assert value_pseudonym("EMAIL_ADDRESS", "anna@example.org", b"key")[-9:-1] != key[:8]


def test_a_value_has_the_same_digits_whatever_kind_it_was_found_as() -> None:
    one, other = (value_pseudonym(kind, "anna", b"key") for kind in ("PERSON", "LOCATION"))
    assert one.removeprefix("<PERSON") == other.removeprefix("<LOCATION")


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
