"""Nobody's words leave the content schema: words planted in every text field are searched everywhere else."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import psycopg2
import pytest
from psycopg2 import sql

from behavior_pipeline.datafiles.label_files import import_labels
from behavior_pipeline.lake.published import open_published
from behavior_pipeline.settings.model import settings
from behavior_pipeline.steps.pipeline import dimensions
from behavior_pipeline_tests.defs.conftest import NewWorld
from behavior_pipeline_tests.defs.turns import WORDS, Span, turn, write_dump
from behavior_pipeline_tests.defs.world import CONFIG, MONDAY, World, weekly_assets, write_labels

REPOSITORY = Path(__file__).parents[2]
PREFIX = "canary"
PLANTED = {field: f"{PREFIX}{number:02d}{field}zq" for number, field in enumerate(WORDS)}
BROKEN = {
    kind: f"{PREFIX}broken{kind}zq" for kind in ("cut", "bytes", "trace", "span", "time", "attributes", "th")
}
LABEL = {field: f"{PREFIX}label{field}zq" for field in ("text", "annotator", "dimension", "label")}
RATIONALE = f"{PREFIX}rationalezq"
ALL = {*PLANTED.values(), *BROKEN.values(), *LABEL.values(), RATIONALE}
NOT_STORED = {PLANTED["user"], PLANTED["error"], *BROKEN.values(), LABEL["dimension"], LABEL["label"]}
ALL_JUDGED = "".join(
    f"\n[dimensions.{name}.sampling]\nshare = 1.0\n"
    for name in ("faithfulness", "tool_call_accuracy", "refusal_correctness")
)
WITH_CONTENT = ("dumps", "lake", "labels", "postgres", "labels.csv", "tmp")  # where words belong


def write_day(world: World) -> None:
    texts = {field: f"{WORDS[field]} {word}" for field, word in PLANTED.items()}
    broken = tuple(broken_lines())
    users = [texts | {"user": f"u-{number} {PLANTED['user']}"} for number in range(6)]
    spans = [span for number, by in enumerate(users, 1) for span in turn(number, MONDAY, by)]
    again = turn(1, MONDAY, {**texts, "answer": f"Another answer {PLANTED['answer']}"})[-1]
    write_dump(world.dumps / f"{MONDAY}.jsonl", *spans, again, *broken_spans(texts), broken=broken)
    (world.dumps / f"{MONDAY}-cut.jsonl.gz").write_bytes(b"\x1f\x8b" + BROKEN["bytes"].encode())


def broken_lines() -> Iterator[bytes]:
    yield b'{"resourceSpans": [{"note": "' + BROKEN["cut"].encode()
    yield b'{"note": "\xff ' + BROKEN["bytes"].encode() + b'"}'
    yield b'"' + BROKEN["cut"].encode() + b'"'


def broken_spans(texts: dict[str, str]) -> Iterator[Span]:
    whole = turn(90, MONDAY, texts)[0]
    yield whole | {"traceId": BROKEN["trace"]}
    yield whole | {"spanId": BROKEN["span"]}
    yield whole | {"startTimeUnixNano": BROKEN["time"]}
    yield whole | {"attributes": BROKEN["attributes"]}
    yield whole | {"traceState": f"ot=th:{BROKEN['th']}"}


def label_day(world: World) -> list[str]:
    good = {
        "trace_id": f"{1:032x}", "dimension": "tone", "annotator": LABEL["annotator"], "label": "on_brand",
        "labelled_at": MONDAY + timedelta(days=2), "text": LABEL["text"],
    }  # fmt: skip
    bad = [{**good, "dimension": LABEL["dimension"]}, {**good, "label": LABEL["label"]}]
    path = write_labels(world.root / "labels.csv", [good, *bad])
    done = import_labels(path, world.root, rules=settings().labels, specs=dimensions(), known_traces=set())
    assert (done.kept, len(done.problems)) == (1, 2)
    return [problem.why for problem in done.problems]


def plant_rationale(world: World) -> None:
    """Let every recorded answer have the word as its reason."""
    with world.lake.server.connect("ledger") as link, link.cursor() as cursor:
        cursor.execute("UPDATE judgements SET rationale = %s", [RATIONALE])
        assert cursor.rowcount > 0
    link.close()


def published_text(world: World) -> str:
    with open_published(world.root) as published:
        tables = [
            f"SELECT string_agg(to_json(held)::VARCHAR, ' ') AS rows FROM {name} AS held"  # noqa: S608
            for name in published.tables()
        ]
        return " ".join(str(published.sql(query)["rows"].iloc[0]) for query in tables)


def content_text(world: World) -> str:
    names = [table.qualified for table in world.lake.tables.values() if table.schema == "content"]
    return " ".join(
        str(world.lake.sql(f"SELECT to_json(held)::VARCHAR AS r FROM {name} AS held")["r"].tolist())  # noqa: S608
        for name in names
    )


def postgres_text(world: World, schema: str) -> str:
    """Return every row of a PostgreSQL schema as text: runs, events, metadata and checks are in `dagster`."""
    texts = []
    link = psycopg2.connect(world.lake.server.dsn)
    with link, link.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = %s", [schema])
        for (name,) in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT held::text FROM {} AS held").format(sql.Identifier(schema, name)))
            texts += [row for (row,) in cursor.fetchall()]
    link.close()
    return "\n".join(texts)


def files_of(world: World) -> dict[str, str]:
    """Return the bytes of every other file below the data root, as text."""
    return {
        str(path.relative_to(world.root)): path.read_bytes().decode("latin-1")
        for path in sorted(world.root.rglob("*"))
        if path.is_file() and path.relative_to(world.root).parts[0] not in WITH_CONTENT
    }


@pytest.fixture
def world(open_new_world: NewWorld, tmp_path: Path) -> World:
    """Return a world whose Dagster instance is the one of dagster.yaml."""
    shutil.copy(REPOSITORY / "dagster.yaml", tmp_path)
    kept = '\n[privacy]\nattributes = ["app.note"]\n'
    return open_new_world(CONFIG + ALL_JUDGED + kept, home=tmp_path)


@pytest.mark.slow  # a world of all dimensions; redaction at the door is tested in less
def test_planted_words_stay_in_the_content_schema(
    world: World, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    write_day(world)
    problems = label_day(world)
    world.run(MONDAY, checks=True)
    plant_rationale(world)
    judged = [f"scores_{name}" for name, spec in dimensions().items() if spec.judge]
    for only in (judged, weekly_assets()):
        world.run(MONDAY, only=only, checks=True)
    assert world.lake.sql("SELECT count(DISTINCT reason) AS n FROM analysis.quarantine")["n"].iloc[0] >= 6
    kept = content_text(world)
    assert {word for word in ALL if word not in kept} == NOT_STORED
    printed = capfd.readouterr()
    places = {
        "published": published_text(world), "logs": caplog.text, "printed": printed.out + printed.err,
        "label problems": " ".join(problems), **files_of(world),
        "dagster": postgres_text(world, "dagster"),
        "analysis": " ".join(str(rows.to_dict()) for rows in analysis(world)),
    }  # fmt: skip
    assert "ASSET_MATERIALIZATION" in places["dagster"] and "behavior.duckdb" in places
    assert {
        (place, word) for place, text in places.items() for word in [*ALL, PREFIX] if word in text
    } == set()


def analysis(world: World) -> Iterator[pd.DataFrame]:
    for table in world.lake.tables.values():
        if table.schema == "analysis":
            yield world.lake.read(table.name)
