"""Secrets go, whatever holds them; what only speaks of secrets stays."""

import json
import random
import string
import sys
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from behavior_pipeline.dumps.day_files import DumpFile
from behavior_pipeline.redaction.redactor import Redactor, redactor_of
from behavior_pipeline.redaction.row import redact_row
from behavior_pipeline.settings.model import Privacy
from behavior_pipeline.spans.day.read_file import read_file
from behavior_pipeline_tests.redaction.test_row import redacted, row, user_messages
from behavior_pipeline_tests.redaction.texts import HARMLESS_TECHNICAL
from behavior_pipeline_tests.spans.world import dump, reading, request, span

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import made_secrets
import privacy_made
import technical

REDACTOR = Redactor(b"key")
ALNUM = string.ascii_letters + string.digits
# Made up here, so that no file holds what looks like a key.
KEY = "".join(random.Random(7).choices(ALNUM, k=32))  # noqa: S311
HEX = "".join(random.Random(8).choices("0123456789abcdef", k=40))  # noqa: S311
PASSWORD = "demkvdajgw" + "!"
LINES = ["".join(random.Random(n).choices(ALNUM + "+/", k=64)) for n in range(12)]  # noqa: S311
BLOCK = "\n".join(("-----BEGIN RSA PRIVATE KEY-----", *LINES, "-----END RSA PRIVATE KEY-----"))
FORMS = {
    KEY: (
        "OPENAI_KEY: {}", "'X-API-KEY': '{}'", "<apiKey>{}</apiKey>", "--token {}", "--api-key={}",
        "client_secret={}&grant_type=client_credentials",
        "AccountName=acme;AccountKey={}==;EndpointSuffix=x", "ANTHROPIC_AUTH_TOKEN='{}'",
        "//registry.example/:_authToken={}", 'hf_token: str = "{}"', "the secret is {}.",
        "const apiKey: string = '{}';", "Authorization: {}", "-H 'Authorization: ApiKey {}'",
        '{{"Authorization": "Bearer {}"}}', "Set-Cookie: session={}; Path=/", "sk-{}", "ghp_{}aBc4",
        "xoxb-1-{}", "https://hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/{}", "AIza{}a-9", "sk_live_{}",
        "npm_{}aB12",
    ),
    HEX: (
        "authorization: bearer {}", "Cookie: a=1; sid={}", "sk-or-v1-{}" + HEX[:24], "x-api-key: {}",
        "https://api.example.com/v1?q=1&api_key={}&n=2",
    ),
    PASSWORD: (
        "Password: {}", "password={}", "PASSWORD='{}'", "pwd: {}", "The password is: {}",
        "db_pass = \"{}\"", "Your temporary password is {}. Please change it.", "mot de passe : {}",
        "Kennwort: {}", "contraseña: {}", "senha: {}", "hasło: {}", "wachtwoord: {}", "password => '{}'",
        "<password>{}</password>", "mysql -u root --password={} db", "machine x login bob password {}",
        "Server=x;Uid=sa;Pwd={};", "- name: DB_PASSWORD\n  value: {}", "ALTER USER bob WITH PASSWORD '{}'",
        "CREATE USER x IDENTIFIED BY '{}'", "mysql://root:{}@10.0.0.5/app", "redis://:{}@cache:6379",
        "curl -u bob:{} https://ci.example.com",
    ),
}  # fmt: skip
CASES = [(value, form) for value, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("value", "form"), CASES, ids=[form for _, form in CASES])
def test_secret_goes_from_a_text_and_from_json_in_a_text(value: str, form: str) -> None:
    text = form.format(value)
    nested = json.dumps({"result": json.dumps({"log": f"a\n{text}\nb"})})
    for document in (text, json.dumps(text), nested):
        assert value not in Redactor(b"key").text(document)
    assert value not in REDACTOR.json(nested)
    assert {hit.kind.partition(":")[0] for hit in REDACTOR.hits(text)} >= {"secret"}


@pytest.mark.parametrize(
    "value",
    [
        {"password": PASSWORD}, {"password": 12345678}, {"password": "correct horse battery staple"},
        {"password": "swordfish"}, {"password": {"value": PASSWORD}}, {"x-api-key": [KEY]},
        {"clientSecret": KEY},
        [{"name": "DB_PASSWORD", "value": PASSWORD}], {"key": "api_key", "value": {"stringValue": KEY}},
        {"headers": [{"name": "Authorization", "value": KEY}]}, {"field": "password", "text": PASSWORD},
        {"auth": {"username": "bob", "password": PASSWORD}}, {"secretaccesskey": KEY},
        {"private_key_id": HEX},
    ],
)  # fmt: skip
def test_name_of_a_field_says_that_its_value_is_secret(value: object) -> None:
    text = REDACTOR.json(json.dumps(value))
    assert "[secret:" in text
    assert [left for left in (PASSWORD, KEY, HEX, "12345678", "horse", "swordfish") if left in text] == []


@pytest.mark.parametrize("text", HARMLESS_TECHNICAL)
def test_what_speaks_of_secrets_without_holding_one_stays(text: str) -> None:
    assert [hit for hit in REDACTOR.hits(text) if hit.kind.startswith("secret:")] == []
    if text.startswith("{"):
        assert "[secret:" not in REDACTOR.json(text)


@pytest.mark.parametrize(
    "text",
    [
        BLOCK, BLOCK.replace("\n", "\r\n"), BLOCK.replace("\n", "\\n"), BLOCK.replace("\n", "\n    "),
        json.dumps({"key": BLOCK}), json.dumps(json.dumps({"key": BLOCK})), BLOCK.rpartition("\n")[0],
        BLOCK.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00FF\n\n", 1),
        "\"" + BLOCK.replace("\n", "\\n\"\n\""),
    ],
)  # fmt: skip
def test_private_key_goes_with_all_of_its_lines(text: str) -> None:
    left = REDACTOR.text(f"My key:\n{text} and what now?")
    assert [line for line in LINES if line in left] == []
    assert left.endswith(" and what now?")
    assert "[secret:private_key]" in left


def test_address_with_a_password_stays_readable() -> None:
    assert REDACTOR.text(f"postgres://app:{KEY}@db.example.com:5432/x") == (
        "postgres://app:[secret:password]@db.example.com:5432/x"
    )


class TestRow:
    """What was found in one field is nowhere in the row."""

    def test_a_password_goes_where_nothing_says_what_it_is(self) -> None:
        span_row = redacted(
            input_messages=user_messages(f"my password is {PASSWORD}", f"so {PASSWORD} it is"),
            tool_arguments={"type": PASSWORD},
            tool_result=f"typed {PASSWORD}",
        )
        assert PASSWORD not in json.dumps(span_row)
        assert json.loads(span_row["redactions"]) == {"secret:password": 4}

    def test_lines_of_a_private_key_go_in_another_layout(self) -> None:
        elsewhere = {"lines": LINES}
        span_row = redacted(reasoning=BLOCK, tool_result=elsewhere, attributes={"key": "".join(LINES)})
        assert [line for line in LINES if line in json.dumps(span_row)] == []

    def test_headers_among_attributes_and_of_tools_go(self) -> None:
        tool = {"type": "mcp", "server_url": f"https://x.example/?token={KEY}", "headers": {"X-Api-Key": KEY}}
        span_row = redacted(
            attributes={"http.request.header.authorization": [f"Basic {'Ym9iOmh1bnRlcjI'}="]},
            tool_definitions=[tool | {"authorization": KEY}],
        )
        assert KEY not in json.dumps(span_row)
        assert "Ym9iOmh1bnRlcjI" not in json.dumps(span_row)

    def test_sessions_that_are_tokens_stay_two(self) -> None:
        one, other = (redacted(session_id=f"sk-{key}")["session_id"] for key in (KEY, KEY[::-1]))
        assert one != other
        assert KEY not in one
        assert one == redacted(session_id=f"sk-{KEY}")["session_id"]


def test_no_secret_is_in_the_rows_that_a_file_is_read_into(tmp_path: Path) -> None:
    asked = [{"role": "user", "parts": [{"type": "text", "content": f"my password is {PASSWORD}\n{BLOCK}"}]}]
    one = span(
        gen_ai__operation__name="execute_tool", gen_ai__tool__call__arguments=json.dumps({"api_key": KEY}),
        gen_ai__tool__call__result=json.dumps({"typed": PASSWORD, "seen": [KEY, *LINES]}),
        gen_ai__input__messages=json.dumps(asked), http__request__header__authorization=f"Bearer {HEX}",
    )  # fmt: skip
    path = dump(tmp_path / "day.jsonl", request(one))
    file = DumpFile(path, path.name, "x", "production", path.stat().st_size, "")
    (tmp_path / "spill").mkdir()
    privacy = Privacy(attributes=("*",))
    read_file(file, 1, date(2026, 8, 3), reading(privacy=privacy), tmp_path / "spill")
    spilled = sorted((tmp_path / "spill").iterdir())
    texts = [json.dumps(pq.read_table(one).to_pylist(), default=str) for one in spilled]
    kept = "".join([*texts, *(one.read_bytes().decode("latin-1") for one in spilled)])
    assert [value for value in (PASSWORD, KEY, HEX, *LINES) if value in kept] == []
    for kind in ("password", "key", "authorization", "private_key"):
        assert f"[secret:{kind}]" in kept


def test_switched_off_secrets_stay_and_people_do_not() -> None:
    redactor = redactor_of(Privacy(secrets=False), b"key")
    assert redactor is not None
    assert redactor.text(f"password={PASSWORD} anna@example.org").startswith(f"password={PASSWORD} <EMAIL")


@settings(deadline=None)
@given(text=st.text(alphabet="passwordtokenkey :=\"'\\nA1!{}/@x-_.\n", max_size=300))
def test_any_signs_are_read_once_and_for_all(text: str) -> None:
    once = Redactor(b"key").text(text)
    assert Redactor(b"key").text(once) == once
    Redactor(b"key").text(text, "db password: ")


class TestMadeSets:
    """Sets that were made before the recognisers: .95 of secrets go, two of 10,000 harmless texts are hit."""

    def test_made_secrets_go(self) -> None:
        placed = list(made_secrets.made_secrets())
        left = [
            one.kind
            for one in placed
            if any(
                privacy_made.stands_in(_row(one.column, one.content)[one.column], value)
                for value in one.values
            )
        ]
        assert len(left) <= 0.05 * len(placed)

    def test_technical_texts_stay(self) -> None:
        hit = [text for text in technical.technical_texts(2_000) if "[secret:" in REDACTOR.text(text)]
        assert hit == []


def _row(column: str, content: str) -> dict[str, str]:
    made = row() | {column: content}
    redact_row(made, Redactor(b"key"))
    return made
