"""Measures how fast dumps become stored spans, beside the floor of reading JSON at all.

    python benchmarks/ingest.py [--spans 200000] [--files 10] [--floors 3]

Writes made-up dumps of the GenAI conventions (per trace a chat, a tool and an agent span, about 1.5 kB each,
eight a line; messages hold numbers of orders, amounts, dates and parts of tool calls, and one trace in a
hundred an address, a card or a key), then prints, of one run:

- the floor: read a whole file, split it into lines, `orjson.loads` each; the median of some goes;
- the whole of `spans`: parse, normalise, write into a lake with its embedded PostgreSQL, by stage, with
  redaction off and on, in processor seconds of all processes and as a multiple of the floor;
- several files instead of one: wall time (how much of two cores is used) and peak memory (flat or not).

Each measurement is a process of its own; the figures are its own and its readers'.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import orjson

WORDS = [
    "order",
    "shipped",
    "monday",
    "refund",
    "pending",
    "carrier",
    "since",
    "address",
    "confirmed",
    "please",
]
RARE = 0.003  # how often a text holds something to redact
NUMBERS = (
    lambda source: f"of order {source.randrange(10**7, 10**8)}",
    lambda source: f"for {source.randrange(10, 999)}.50 EUR",
    lambda source: f"on 2026-07-{source.randrange(10, 31)}",
    lambda source: f"at {source.randrange(10, 24)}:30",
    lambda source: f"in {source.randrange(2, 30)} days",
    lambda source: "v2.14.1",
)
PERSONAL = ("anna@example.org", "4111 1111 1111 1111", "call +49 171 1234567", "password: Winter2024!")
DAY = date(2026, 8, 3)
START = 1_785_729_567_998_963_188
SPANS_A_LINE = 8
RESOURCE = {"service.name": "assistant-api", "service.version": "14.2.0", "telemetry.sdk.language": "python"}


def main() -> None:
    """Measure and print, or be one of the measured processes."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spans", type=int, default=200_000)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--floors", type=int, default=3)
    parser.add_argument("--measure", choices=("floor", "whole"), help=argparse.SUPPRESS)
    parser.add_argument("--redact", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure == "floor":
        sys.stdout.write(json.dumps(floor(given.paths[0], given.floors)))
    elif given.measure == "whole":
        sys.stdout.write(json.dumps(whole(given.paths, redact=given.redact)))
    else:
        with tempfile.TemporaryDirectory(prefix="ingest-") as folder:
            report(Path(folder), given)


def report(folder: Path, given: argparse.Namespace) -> None:
    """Print every measurement."""
    one = write(folder / "one.jsonl", given.spans, seed=1)
    print(f"{given.spans:,} spans of {one.stat().st_size / given.spans:,.0f} bytes; {os.cpu_count()} cores")
    base = measured("floor", "--floors", str(given.floors), one)["cpu"]
    print(f"floor (read, split, orjson.loads): {base:.2f} s")
    for redact in (False, True):
        show("1 file, redaction " + ("on" if redact else "off"), measured("whole", *flag(redact), one), base)
    many = [write(folder / f"{n:02}.jsonl", given.spans, seed=n + 2) for n in range(given.files)]
    few = [write(folder / f"part-{n}.jsonl", given.spans // 2, seed=n + 90) for n in range(2)]
    show("the same in 2 files, redaction off", measured("whole", *few), base)
    show(f"{given.files} files, redaction off", measured("whole", *many), base * given.files)


def flag(redact: bool) -> list[str]:
    """Return the option that switches redaction on."""
    return ["--redact"] if redact else []


def measured(what: str, *arguments: Any) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--measure", what, *map(str, arguments)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def show(title: str, figures: dict[str, float], base: float) -> None:
    """Print one measurement of the whole."""
    print(
        f"{title}: {figures['cpu']:.2f} s of processor = {figures['cpu'] / base:.1f} x floor"
        f" (read {figures['read']:.2f}, write {figures['write']:.2f}); {figures['wall']:.2f} s of wall;"
        f" peak {figures['peak']:,.0f} MB, largest reader {figures['reader_peak']:,.0f} MB"
    )


def floor(path: Path, times: int) -> dict[str, float]:
    """Return the median processor seconds of reading, splitting and decoding a file."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        for line in path.read_bytes().split(b"\n"):
            if line:
                orjson.loads(line)
        taken.append(time.process_time() - began)
    return {"cpu": statistics.median(taken)}


def whole(paths: list[Path], *, redact: bool) -> dict[str, float]:
    """Read files into a new lake by the code of the asset `spans`."""
    with tempfile.TemporaryDirectory(prefix="ingest-root-") as root:
        os.environ["BEHAVIOR_PIPELINE_DATA"] = root
        os.environ["BEHAVIOR_PIPELINE_PRIVACY__REDACT"] = json.dumps(redact)
        from behavior_pipeline.cli.jobs.running import prepare_collector  # noqa: PLC0415 - reads the environment
        from behavior_pipeline.datafiles.folders import private_folder  # noqa: PLC0415
        from behavior_pipeline.dumps.day_files import DumpFile  # noqa: PLC0415
        from behavior_pipeline.settings.model import settings  # noqa: PLC0415
        from behavior_pipeline.spans.day.parse_day import file_readers, parse_day  # noqa: PLC0415
        from behavior_pipeline.steps.pipeline import forget, open_lake  # noqa: PLC0415
        from behavior_pipeline.steps.spans import frames_of, reading_of  # noqa: PLC0415

        prepare_collector()
        lake, reading = open_lake(), reading_of(settings())
        files = [DumpFile(path, path.name, "x", "production", path.stat().st_size, "") for path in paths]
        began, cpu = time.perf_counter(), processor_seconds()
        with file_readers() as readers:
            parsed = parse_day(files, DAY, reading, spill=private_folder(Path(root) / "tmp"), readers=readers)
        read = processor_seconds()
        lake.replace(frames_of(parsed), {"day": DAY})
        written, ended = processor_seconds(), time.perf_counter()
        if len(parsed.spans) != parsed.ingested["present"].sum():
            raise SystemExit("spans were lost")
        del parsed
        forget()
    return {
        "cpu": written - cpu, "read": read - cpu, "write": written - read, "wall": ended - began,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "reader_peak": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }  # fmt: skip


def processor_seconds() -> float:
    """Return the processor time of this process and of those of its children that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def write(path: Path, spans: int, *, seed: int) -> Path:
    """Write a dump of OTLP JSON lines."""
    source, waiting, written = random.Random(seed), [], 0  # noqa: S311 - no secret
    with path.open("wb") as file:
        while written < spans:
            waiting += trace(source, written)
            while len(waiting) >= SPANS_A_LINE and written < spans:
                batch, waiting = waiting[:SPANS_A_LINE], waiting[SPANS_A_LINE:]
                batch = batch[: spans - written]
                file.write(line(batch))
                written += len(batch)
    return path


def line(spans: list[dict[str, Any]]) -> bytes:
    """Return one export request."""
    scopes = [{"scope": {"name": "assistant.telemetry", "version": "1.9.0"}, "spans": spans}]
    group = {"resource": {"attributes": attributes(RESOURCE)}, "scopeSpans": scopes}
    return orjson.dumps({"resourceSpans": [group]}) + b"\n"


def trace(source: random.Random, number: int) -> list[dict[str, Any]]:
    """Return the spans of one request: the model call, the tool call and the agent around them."""
    trace_id = f"{source.getrandbits(128) | 1:032x}"
    ids = [f"{source.getrandbits(64) | 1:016x}" for _ in range(3)]
    common = {
        "gen_ai.conversation.id": f"conv-{number // 9:08x}", "session.id": f"sess-{number // 9:08x}",
        "user.id": f"u-{number // 21:06x}", "customer.segment": source.choice(["consumer", "business"]),
        "query.category": "order_status", "user.language": "en", "gen_ai.prompt.version": "v7.2",
    }  # fmt: skip
    order = {"order_id": f"A-{source.randrange(1000, 9999)}", "since": f"2026-07-{source.randrange(10, 31)}"}
    parcel = {"status": "shipped", "parcel": f"1Z{source.getrandbits(48):014X}", "weight": 1.25, "items": 3}
    call_id = f"call_{ids[2]}"
    asked_tool = {"type": "tool_call", "id": call_id, "name": "find_order", "arguments": order}
    answered = {"type": "tool_call_response", "id": call_id, "response": parcel}
    history = [
        {"role": "user", "parts": [text(source, 30)]}, {"role": "assistant", "parts": [asked_tool]},
        {"role": "tool", "parts": [answered]},
    ]  # fmt: skip
    answer = [{"role": "assistant", "parts": [text(source, 40)], "finish_reason": "stop"}]
    call = {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini-2024-07-18", "gen_ai.response.id": f"chatcmpl-{ids[1]}",
        "gen_ai.response.finish_reasons": ["stop"], "gen_ai.usage.input_tokens": 904,
        "gen_ai.usage.output_tokens": 51, "gen_ai.request.temperature": 0.2,
        "gen_ai.system_instructions": dumped([text(source, 12)]),
        "gen_ai.input.messages": dumped(history),
        "gen_ai.output.messages": dumped(answer),
    }  # fmt: skip
    tool = {
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find_order",
        "gen_ai.tool.call.id": call_id, "gen_ai.tool.call.arguments": dumped(order),
        "gen_ai.tool.call.result": dumped(parcel | {"note": text(source, 8)["content"]}),
    }  # fmt: skip
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support"}
    spans = [(1, "chat gpt-4o-mini", call), (2, "execute_tool find_order", tool), (0, "invoke_agent", agent)]
    return [
        {
            "traceId": trace_id, "spanId": ids[place], "parentSpanId": ids[0] if place else "", "flags": 257,
            "name": name, "kind": 3, "startTimeUnixNano": str(START + number * 10**9 + place),
            "endTimeUnixNano": str(START + number * 10**9 + 9 * 10**8 - place),
            "attributes": attributes(common | values), "status": {},
        }
        for place, name, values in spans
    ]  # fmt: skip


def text(source: random.Random, words: int) -> dict[str, str]:
    """Return a text part of some words, among them a number, and seldom what has to be redacted."""
    number = source.choice(NUMBERS)(source) if source.random() > RARE else source.choice(PERSONAL)
    return {"type": "text", "content": " ".join([*source.choices(WORDS, k=words), number])}


def dumped(value: Any) -> str:
    """Return JSON as instrumentations write it into an attribute."""
    return json.dumps(value, ensure_ascii=False)


def attributes(values: dict[str, Any]) -> list[dict[str, Any]]:
    """Return attributes as OTLP/JSON has them."""
    return [{"key": key, "value": any_value(value)} for key, value in values.items()]


def any_value(value: Any) -> dict[str, Any]:
    """Return a value as OTLP/JSON has it."""
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


if __name__ == "__main__":
    main()
