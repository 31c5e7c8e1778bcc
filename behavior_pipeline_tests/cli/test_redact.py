import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from behavior_pipeline.cli.app import app
from behavior_pipeline_tests.spans.world import dump, request, span

CONFIG = 'slices = ["customer.segment"]\n'
MESSAGE = "My driver's license number is 5130634, mail anna@example.org \x1b[31m"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("BEHAVIOR_PIPELINE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("BEHAVIOR_PIPELINE_CONFIG", str(tmp_path / "pipeline.toml"))
    (tmp_path / "pipeline.toml").write_text(CONFIG)
    return tmp_path


@pytest.fixture
def file(root: Path) -> Path:
    asked = [{"role": "user", "parts": [{"type": "text", "content": MESSAGE}]}]
    one = span(
        gen_ai__operation__name="chat", gen_ai__input__messages=json.dumps(asked),
        customer__segment="smb", customer__address="12 Main Street", session__id="s-1",
    )  # fmt: skip
    return dump(root / "any.name", request(one), b"broken")


def called(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_it_shows_what_would_go_and_no_value(file: Path) -> None:
    code, text = called("redact", str(file))
    assert code == 0
    assert "1 spans, 1 unreadable" in text
    assert "EMAIL_ADDRESS" in text and "US_DRIVER_LICENSE" in text
    assert "license number is 5***(7), mail a***(16)" in text
    assert "5130634" not in text and "anna@" not in text and "\x1b[31m" not in text


def test_values_are_shown_when_asked_for(file: Path) -> None:
    _, text = called("redact", str(file), "--show-values")
    assert "number is 5130634, mail anna@example.org" in text


def test_attributes_that_would_be_dropped_are_named(file: Path) -> None:
    _, text = called("redact", str(file))
    dropped = text.partition("What would be dropped")[2]
    assert "customer.address" in dropped
    assert "customer.segment" not in dropped and "session.id" not in dropped


def test_nothing_is_stored(file: Path, root: Path) -> None:
    before = sorted(root.rglob("*"))
    called("redact", str(file))
    assert sorted(root.rglob("*")) == before


def test_any_container_is_read(file: Path, root: Path) -> None:
    packed = root / "packed"
    packed.write_bytes(gzip.compress(file.read_bytes()))
    assert called("redact", str(packed))[1] == called("redact", str(file))[1]


def test_long_lists_are_cut(file: Path) -> None:
    _, text = called("redact", str(file), "--limit", "1")
    assert "and 1 more" in text


@pytest.mark.parametrize(
    "config", ["[privacy]\nname_model = 'xx_no_such_model'\n", "[privacy]\nredcat = true\n"]
)
def test_a_mistake_in_the_configuration_is_one_clear_error(file: Path, root: Path, config: str) -> None:
    (root / "pipeline.toml").write_text(config)
    code, text = called("redact", str(file))
    assert code == 1
    assert "to do:" in text and "Traceback" not in text


def test_a_missing_file_is_one_clear_error(root: Path) -> None:
    code, text = called("redact", str(root / "nowhere"))
    assert code == 1
    assert "is not a file" in text


def test_redaction_that_is_off_is_said_to_be(file: Path, root: Path) -> None:
    (root / "pipeline.toml").write_text("[privacy]\nredact = false\n")
    _, text = called("redact", str(file))
    assert "switched off" in text and "EMAIL_ADDRESS" in text


@pytest.mark.parametrize("name", ["[/x]", "[bold", "[link=file:///etc]y[/link]"])
def test_a_name_that_reads_like_markup_is_shown_as_it_is(root: Path, name: str) -> None:
    asked = [{"role": "user", "parts": [{"type": "text", "content": f"{name} mail anna@example.org {name}"}]}]
    one = span(gen_ai__operation__name="chat", gen_ai__input__messages=json.dumps(asked), **{name: "1"})
    code, text = called("redact", str(dump(root / "[x].name", request(one))))
    assert code == 0
    assert name in text.partition("What would be dropped")[2]
    assert text.count(name) >= 3


def test_a_file_that_is_named_like_markup_is_named_in_errors(root: Path) -> None:
    code, text = called("redact", str(root / "[/x]"))
    assert code == 1
    assert "[/x]" in text


def test_secrets_are_masked_too(root: Path) -> None:
    asked = [{"role": "user", "parts": [{"type": "text", "content": "password: Winter2024!"}]}]
    one = span(gen_ai__operation__name="chat", gen_ai__input__messages=json.dumps(asked))
    _, text = called("redact", str(dump(root / "any.name", request(one))))
    assert "secret:password" in text and "W***(11)" in text and "Winter" not in text
