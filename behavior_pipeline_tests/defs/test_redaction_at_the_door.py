"""Personal data that is found is nowhere below the data root, whatever asset, cache or log it passed."""

import json
import shutil
from pathlib import Path

import pytest

from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.test_canaries import ALL_JUDGED, REPOSITORY, content_text, postgres_text
from behavior_pipeline_tests.defs.turns import WORDS, turn, write_dump
from behavior_pipeline_tests.defs.world import CONFIG, MONDAY, World, weekly_assets

# By the text field that says it. Numbers are made up; each passes the checksum of its kind.
SAID = {
    "question": "mail erika.mustermann@example.com", "thought": "card 4111 1111 1111 1111",
    "answer": "wired to DE89 3704 0044 0532 0130 00", "system": "escalate to boss.of.all@example.org",
    "document": "call +49 30 901820", "argument": "max.muster@example.net",
    "result": "host 203.0.113.77", "attribute": "reach me at jane.roe@example.edu",
}  # fmt: skip
RAW = (
    "erika.mustermann@example.com", "4111 1111 1111 1111", "4111111111111111", "DE89 3704 0044 0532 0130 00",
    "DE89370400440532013000", "boss.of.all@example.org", "+49 30 901820", "max.muster@example.net",
    "203.0.113.77", "jane.roe@example.edu", "person@example.com",
)  # fmt: skip


@pytest.fixture
def world(open_new_world: NewWorld, tmp_path: Path) -> World:
    shutil.copy(REPOSITORY / "dagster.yaml", tmp_path)
    return open_new_world(CONFIG + ALL_JUDGED, home=tmp_path)


def written(world: World) -> str:
    """Return everything below the data root but the dumps themselves: tables decoded, files as they lie."""
    analysis = [table.qualified for table in world.lake.tables.values() if table.schema != "content"]
    rows = [
        str(world.lake.sql(f"SELECT to_json(held)::VARCHAR AS r FROM {name} AS held")["r"].tolist())  # noqa: S608
        for name in analysis
    ]
    files = [
        path.read_bytes().decode("latin-1")
        for path in sorted(world.root.rglob("*"))
        if path.is_file() and path.relative_to(world.root).parts[0] != "dumps"
    ]
    databases = [postgres_text(world, schema) for schema in ("dagster", "ledger", "lake", "public")]
    return "\n".join([content_text(world), *rows, *databases, *files])


def test_what_was_found_is_nowhere_below_the_data_root(
    world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    texts = {field: f"{WORDS[field]} {more}" for field, more in SAID.items()} | {"user": "person@example.com"}
    spans = [span for number in range(1, 7) for span in turn(number, MONDAY, texts)]
    broken = json.dumps({"note": SAID["question"]}).encode()
    write_dump(world.dumps / f"{MONDAY}.jsonl", *spans, broken=(broken, broken[:-3]))
    world.run(MONDAY, checks=True)
    for only in ([f"scores_{name}" for name, spec in dimensions().items() if spec.judge], weekly_assets()):
        world.run(MONDAY, only=only, checks=True)
    kept = written(world) + caplog.text + "".join(capfd.readouterr())
    assert [value for value in RAW if value in kept] == []
    for kind in ("EMAIL_ADDRESS", "CREDIT_CARD", "IBAN_CODE", "PHONE_NUMBER", "IP_ADDRESS"):
        assert f"<{kind}_" in content_text(world)


def test_the_counts_of_replacements_reach_coverage(world: World) -> None:
    write_dump(world.dumps / f"{MONDAY}.jsonl", *turn(1, MONDAY, {"question": SAID["question"]}))
    world.run(MONDAY, only=["raw_dumps", "spans", "traces"])
    redacted = world.lake.sql("SELECT redacted FROM analysis.coverage WHERE field = 'records'")["redacted"]
    assert redacted.iloc[0] > 0
