import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from behavior_pipeline.cli.app import app
from behavior_pipeline.steps.pipeline import forget
from behavior_pipeline_tests.dumps.containers import writing
from behavior_pipeline_tests.spans.world import FIXTURES, request, span

CONFIG = """
start_day = "2001-09-03"
slices = ["customer.segment", "plan"]
[prices."known"]
input = 1
output = 2
[privacy.consent]
attribute = "app.consent"
absent = "allow"
[routes.default]
file = true
"""
CANARY = "canary-7f3a"
START = 10**18  # 2001-09-09, the day of world.span


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    data = tmp_path / "data"
    data.mkdir()
    (data / "pipeline.toml").write_text(CONFIG)
    monkeypatch.setenv("BEHAVIOR_PIPELINE_DATA", str(data))
    monkeypatch.setenv("BEHAVIOR_PIPELINE_CONFIG", str(data / "pipeline.toml"))
    monkeypatch.chdir(tmp_path)
    forget()
    yield tmp_path
    forget()


def called(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor", *words], env={"COLUMNS": "200"})
    return result.exit_code, result.output


def facts(path: Path) -> dict[str, Any]:
    code, text = called(str(path), "--json")
    assert code == 0, text
    told_facts: dict[str, Any] = json.loads(text)
    return told_facts


def chat(
    trace: int, number: int, model: str = "known", parent: int | None = None, **more: Any
) -> dict[str, Any]:
    messages = [{"role": "user", "parts": [{"type": "text", "content": f"{CANARY} question"}]}]
    answer = [{"role": "assistant", "parts": [{"type": "text", "content": f"{CANARY} answer"}]}]
    return span(
        trace, number, parent, gen_ai__operation__name="chat", gen_ai__response__model=model,
        gen_ai__input__messages=messages, gen_ai__output__messages=answer,
        gen_ai__usage__input_tokens=5, gen_ai__usage__output_tokens=7, **more,
    )  # fmt: skip


def test_a_directory_is_told_by_file_container_dialect_and_day(root: Path) -> None:
    dumps = root / "dumps"
    (dumps / "2001-09-09").mkdir(parents=True)
    (dumps / "2001-09-09" / "a.bin").write_bytes(
        gzip.compress(writing.frames([writing.request([chat(1, 1), chat(1, 2, parent=1)])]))
    )
    (dumps / "undated.json").write_bytes(writing.documents([writing.request([chat(2, 3)])]))
    (dumps / ".hidden").write_text("not looked at")
    seen = facts(dumps)
    first, second = seen["files"]
    assert (first["file"], first["container"]) == ("2001-09-09/a.bin", "otlp_protobuf_frames")
    assert (first["compression"], second["container"]) == (["gzip"], "otlp_json_document")
    assert (first["dialects"], first["day_in_path"]) == ({"genai": 2}, "2001-09-09")
    assert (second["day_in_path"], second["days_in_content"]) == (None, {"2001-09-09": 1})
    assert seen["records"]["present"] == seen["records"]["stored"] == 3
    assert seen["traces"]["built"] == 2


def test_model_without_a_price_is_asked_for_once_whatever_its_names(root: Path) -> None:
    names = ["acme-1", "acme/acme-1-2026-01-05", "us.meta.acme-1-20260105-v1:0", "acme-1-mini", "gpt-4o"]
    (root / "a.jsonl").write_bytes(request(*(chat(n, n, model=name) for n, name in enumerate(names, 1))))
    seen = facts(root / "a.jsonl")
    assert seen["models_without_price"] == {"acme-1": 3, "acme-1-mini": 1}
    asked = [step for step in seen["next"] if "[prices." in step]
    assert len(asked) == 2 and 'add [prices."acme-1"]' in asked[0]


def test_coverage_and_dimensions_say_on_which_share_and_why_not(root: Path) -> None:
    spans = [chat(1, 1), chat(2, 2, model="no-such-model"), span(3, 3, gen_ai__operation__name="chat")]
    spans.append(chat(4, 4, parent=9))  # its root never came
    (root / "a.jsonl").write_bytes(request(*spans))
    seen = facts(root / "a.jsonl")
    assert seen["traces"]["orphaned"] == seen["traces"]["spans_whose_parent_is_missing"] == 1
    assert seen["coverage"]["output_text"]["share"] == 0.75
    assert seen["coverage"]["cost_usd"] == {
        "traces": 2, "share": 0.5, "missing": {"no_price": 1, "no_tokens": 1},
    }  # fmt: skip
    dimensions = seen["dimensions"]
    assert dimensions["tone"]["traces"] == 3
    assert dimensions["tone"]["not_measurable"] == {"text_free": 1}
    assert dimensions["latency"]["not_measurable"] == {"orphaned": 1}
    assert dimensions["cost"]["not_measurable"] == {"no_price": 1, "no_tokens": 1}
    assert dimensions["faithfulness"]["share"] == 0
    assert seen["models_without_price"] == {"no-such-model": 1}
    for row in dimensions.values():
        assert row["traces"] + sum(row["not_measurable"].values()) == 4


def test_what_the_configuration_names_and_no_span_has_is_told(root: Path) -> None:
    (root / "a.jsonl").write_bytes(request(chat(1, 1, customer__segment="smb")))
    seen = facts(root / "a.jsonl")
    assert seen["slices"] == {"customer.segment": 1.0, "plan": 0.0}
    steps = "\n".join(seen["next"])
    assert "no span has app.consent" in steps
    assert "no trace has plan:" in steps
    assert "run --start 2001-09-09 --end 2001-09-09" in steps
    assert "start_day" not in steps


def test_traces_without_consent_are_counted_and_not_measured(root: Path) -> None:
    (root / "a.jsonl").write_bytes(request(chat(1, 1, app__consent=False), chat(2, 2, app__consent=True)))
    seen = facts(root / "a.jsonl")
    assert seen["traces"]["traces_without_consent"] == 1
    assert seen["traces"]["built"] == 1
    assert seen["dimensions"]["tone"]["traces"] == 1


def test_a_trace_over_midnight_is_one_and_what_comes_later_is_late(root: Path) -> None:
    for day, spans in {
        "2001-09-09": [chat(1, 2, parent=1)],
        "2001-09-10": [chat(1, 1)],
        "2001-09-11": [chat(1, 3, parent=1)],
    }.items():
        (root / f"{day}.jsonl").write_bytes(request(*spans))
    traces = facts(root)["traces"]
    assert (traces["built"], traces["late_spans"], traces["orphaned"]) == (1, 1, 0)


def test_a_day_in_the_path_that_the_content_does_not_have_is_told(root: Path) -> None:
    (root / "2001-10-09.jsonl").write_bytes(request(chat(1, 1)))
    assert any("its path says 2001-10-09" in step for step in facts(root / "2001-10-09.jsonl")["next"])


def test_quarantine_has_reason_hint_and_place_and_agrees_with_the_account(root: Path) -> None:
    seen = facts(FIXTURES / "bad")
    rows = {row["reason"]: row for row in seen["quarantine"]}
    assert "ids.jsonl:4" in rows["bad_span_id"]["places"]
    assert all(row["hint"] for row in rows.values())
    assert sum(row["records"] for row in rows.values()) == seen["records"]["quarantined"]
    assert seen["records"]["present"] == sum(
        count for name, count in seen["records"].items() if name != "present"
    )


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_text_of_a_dump_is_printed_and_nothing_is_stored(root: Path, form: tuple[str, ...]) -> None:
    (root / "dumps").mkdir()
    broken = f'{{"{CANARY}": '.encode()
    lines = [request(chat(1, 1, user__id=CANARY)), broken, f'"{CANARY}"'.encode()]
    (root / "dumps" / "a.jsonl").write_bytes(b"\n".join(lines))
    before = sorted(root.rglob("*"))
    code, text = called(str(root / "dumps"), *form)
    assert code == 0
    assert CANARY not in text
    assert sorted(root.rglob("*")) == before


def test_the_printed_form_has_every_part(root: Path) -> None:
    code, text = called(str(FIXTURES / "bad"))
    assert code == 0
    for part in ("truncated.pb", "otlp_protobuf_frames", "truncated_file", "output_text", "tone", "next:"):
        assert part in text


def test_a_file_name_does_not_steer_the_terminal(root: Path) -> None:
    (root / "\x1b[31m[red].jsonl").write_bytes(request(chat(1, 1)))
    code, text = called(str(root / "\x1b[31m[red].jsonl"))
    assert code == 0
    assert "\x1b[31m" not in text
    assert "[red].jsonl" in text


@pytest.mark.parametrize("where", ["nowhere", "empty", "s3://bucket/dumps"])
def test_a_mistake_gets_one_clear_error(root: Path, where: str) -> None:
    (root / "empty").mkdir()
    code, text = called(where)
    assert code == 1
    assert "kept:" in text
    assert "to do:" in text
    assert "Traceback" not in text


def test_a_file_in_which_nothing_can_be_read_is_told(root: Path) -> None:
    (root / "a.jsonl").write_text("<html>\n")
    seen = facts(root / "a.jsonl")
    assert seen["traces"]["built"] == 0
    assert seen["next"][0].startswith("nothing could be read")


def test_dumps_of_a_mixed_folder_are_shown_and_other_files_named(root: Path) -> None:
    folder = root / "mixed"
    (folder / "src").mkdir(parents=True)
    for number in range(60):
        (folder / "src" / f"m{number:02}.py").write_text("import os\n\nprint(1)\n")
        (folder / f"a{number:02}.txt").write_text("nothing\n")
    (folder / "README.md").write_text("# Notes\n")
    (folder / "z.jsonl").write_bytes(request(chat(1, 1)))
    seen = facts(folder)
    assert len(seen["skipped"]) == 61
    assert len(seen["files"]) == 61
    assert not any("py" in place for row in seen["quarantine"] for place in row["places"])
    printed = called(str(folder))[1]
    assert "z.jsonl" in printed
    assert "no dumps, not looked through: README.md, src/m00.py" in printed


def test_undated_file_of_several_days_is_told_by_its_days(root: Path) -> None:
    day = 86_400 * 10**9
    spans = [
        chat(number, number)
        | {"startTimeUnixNano": str(START + number * day), "endTimeUnixNano": str(START + number * day + 1)}
        for number in (3, 1, 2)
    ]
    path = root / "export.jsonl"
    path.write_bytes(request(*spans))
    seen = facts(path)
    assert list(seen["files"][0]["days_in_content"]) == ["2001-09-10", "2001-09-11", "2001-09-12"]
    assert seen["records"]["present"] == seen["records"]["stored"] == 3
    assert any("--start 2001-09-10 --end 2001-09-12" in step for step in seen["next"])


def test_file_of_metrics_alone_is_told(root: Path) -> None:
    path = root / "metrics.jsonl"
    path.write_bytes(b'{"resourceMetrics": [{}]}\n' + b"")
    good = root / "z.jsonl"
    good.write_bytes(request(chat(1, 1)))
    assert any("metrics" in step for step in facts(root)["next"])
