"""Makes secrets of nine kinds and puts them where traffic has them: the set was fixed before any recogniser.

The forms are those that the issuers' documentation shows; every value is made up. 25 of each kind stand in
messages, arguments and results of tools, and attributes; `values` is what must not be left.
"""
# ruff: noqa: E501 - one text a line

import base64
import json
import random
import string
import textwrap
from collections.abc import Callable, Iterator
from typing import NamedTuple

A_KIND = 25
ALNUM = string.ascii_letters + string.digits
URLSAFE = ALNUM + "-_"
BASE64 = ALNUM + "+/"
HEX = "0123456789abcdef"


class Placed(NamedTuple):
    """A made secret: its kind, the column of the row, that column's JSON text or text, what must go."""

    kind: str
    column: str
    content: str
    values: tuple[str, ...]


class Written(NamedTuple):
    """A secret as a person or a program writes it, in free text and as an entry of JSON."""

    text: str
    entry: dict[str, object]
    values: tuple[str, ...]


def some(rng: random.Random, signs: str, count: int) -> str:
    """Return so many signs."""
    return "".join(rng.choices(signs, k=count))


def model_key(rng: random.Random) -> Written:
    """Return a key of a model API."""
    key = rng.choice((
        lambda: f"sk-{some(rng, ALNUM, 20)}T3BlbkFJ{some(rng, ALNUM, 20)}",
        lambda: f"sk-proj-{some(rng, URLSAFE, 74)}T3BlbkFJ{some(rng, URLSAFE, 74)}",
        lambda: f"sk-svcacct-{some(rng, URLSAFE, 74)}T3BlbkFJ{some(rng, URLSAFE, 58)}",
        lambda: f"sk-{some(rng, ALNUM, 48)}",
        lambda: f"sk-ant-api03-{some(rng, URLSAFE, 93)}AA",
        lambda: f"sk-ant-admin01-{some(rng, URLSAFE, 93)}AA",
        lambda: f"sk-or-v1-{some(rng, HEX, 64)}",
        lambda: f"gsk_{some(rng, ALNUM, 52)}",
        lambda: f"hf_{some(rng, string.ascii_letters, 34)}",
    ))()  # fmt: skip
    text = rng.choice((
        f"Use {key} for the calls, please.", f"my key is {key}", f"export OPENAI_API_KEY={key}",
        f"client = OpenAI(api_key=\"{key}\")", f"Incorrect API key provided: {key}. You can find yours here.",
    ))  # fmt: skip
    return Written(text, {rng.choice(("api_key", "key", "openaiKey", "value")): key}, (key,))


def aws(rng: random.Random) -> Written:
    """Return an access key and its secret."""
    key = rng.choice(("AKIA", "ASIA")) + some(rng, string.ascii_uppercase + "234567", 16)
    secret = some(rng, BASE64, 40)
    text = rng.choice((
        f"aws_access_key_id = {key}\naws_secret_access_key = {secret}\nregion = eu-west-1",
        f"export AWS_ACCESS_KEY_ID={key}; export AWS_SECRET_ACCESS_KEY={secret}",
        f"Access key {key}, secret access key {secret}",
        f"boto3.client('s3', aws_access_key_id='{key}', aws_secret_access_key='{secret}')",
        f"AWS_SECRET_ACCESS_KEY: \"{secret}\"\nAWS_ACCESS_KEY_ID: \"{key}\"",
    ))  # fmt: skip
    names = rng.choice((
        ("AccessKeyId", "SecretAccessKey"), ("aws_access_key_id", "aws_secret_access_key"),
        ("accessKeyId", "secretAccessKey"),
    ))  # fmt: skip
    return Written(text, {names[0]: key, names[1]: secret}, (key, secret))


def platform_token(rng: random.Random) -> Written:
    """Return a token of a forge, a chat or a payment service."""
    token = rng.choice((
        lambda: f"{rng.choice(('ghp', 'gho', 'ghu', 'ghs', 'ghr'))}_{some(rng, ALNUM, 36)}",
        lambda: f"github_pat_{some(rng, ALNUM, 22)}_{some(rng, ALNUM, 59)}",
        lambda: f"glpat-{some(rng, URLSAFE, 20)}",
        lambda: f"gldt-{some(rng, URLSAFE, 20)}",
        lambda: f"xoxb-{some(rng, '123456789', 12)}-{some(rng, '123456789', 13)}-{some(rng, ALNUM, 24)}",
        lambda: f"xoxp-{some(rng, '123456789', 12)}-{some(rng, '123456789', 12)}-{some(rng, HEX, 32)}",
        lambda: f"xapp-1-A{some(rng, string.ascii_uppercase, 10)}-{some(rng, '123456789', 13)}-{some(rng, HEX, 64)}",
        lambda: f"{rng.choice(('sk', 'rk'))}_live_{some(rng, ALNUM, rng.choice((24, 99)))}",
        lambda: f"sk_test_{some(rng, ALNUM, 24)}",
        lambda: f"whsec_{some(rng, ALNUM, 32)}",
    ))()  # fmt: skip
    text = rng.choice((
        f"The token {token} has expired, can you make a new one?",
        f"git clone https://oauth2:{token}@git.example.com/team/app.git",
        f"GITHUB_TOKEN={token} make release", f"curl -H 'PRIVATE-TOKEN: {token}' https://git.example.com/api",
        f"stripe.api_key = '{token}'",
    ))  # fmt: skip
    return Written(text, {rng.choice(("token", "auth", "credential", "botToken")): token}, (token,))


def google(rng: random.Random) -> Written:
    """Return an API key, an OAuth token or secret, or a service account's file."""
    if rng.random() < 0.4:
        block, lines = pem_block(rng, "PRIVATE KEY", 20)
        key_id, digits = some(rng, HEX, 40), some(rng, "123456789", 21)
        account: dict[str, object] = {
            "type": "service_account", "project_id": f"acme-{some(rng, '123456789', 6)}",
            "private_key_id": key_id, "private_key": block,
            "client_email": f"bot@acme-{digits[:6]}.iam.gserviceaccount.com", "client_id": digits,
            "token_uri": "https://oauth2.googleapis.com/token",
        }  # fmt: skip
        return Written(f"Here is the file:\n{json.dumps(account, indent=2)}", account, (*lines, key_id))
    secret = rng.choice((
        lambda: f"AIza{some(rng, URLSAFE, 35)}", lambda: f"ya29.a0{some(rng, URLSAFE, 160)}",
        lambda: f"GOCSPX-{some(rng, URLSAFE, 28)}",
    ))()  # fmt: skip
    text = rng.choice((
        f"https://maps.googleapis.com/maps/api/geocode/json?address=Oslo&key={secret}",
        f"genai.configure(api_key='{secret}')", f"It says API key not valid: {secret}",
    ))  # fmt: skip
    return Written(text, {rng.choice(("key", "apiKey", "client_secret")): secret}, (secret,))


def jwt(rng: random.Random) -> Written:
    """Return a JSON web token."""
    header = {"alg": rng.choice(("HS256", "RS256", "ES256")), "typ": "JWT"}
    claims = {"sub": some(rng, ALNUM, 12), "iat": rng.randrange(1_700_000_000, 1_800_000_000), "scope": "all"}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part, separators=(",", ":")).encode())
        for part in (header, claims)
    ]
    signature = some(rng, URLSAFE, rng.choice((43, 86, 342)))
    token = ".".join(part.decode().rstrip("=") for part in parts) + "." + signature
    text = rng.choice((
        f"Authorization: Bearer {token}", f"jwt expired: {token}", f"my session is {token} as it seems",
        f"https://app.example.com/login?token={token}&next=/home", f"Set-Cookie: sid={token}; HttpOnly",
    ))  # fmt: skip
    return Written(text, {rng.choice(("id_token", "jwt", "assertion", "t")): token}, (signature, token))


def a_password(rng: random.Random) -> str:
    """Return a password as people or generators make them."""
    word = rng.choice(("Winter", "dragon", "Falcon", "blossom", "Tiger", "coffee", "Monday", "river"))
    return rng.choice((
        lambda: f"{word}{rng.randint(10, 9999)}{rng.choice('!?#$%')}",
        lambda: f"{word}{rng.randint(100, 9999)}",
        lambda: some(rng, ALNUM, 16),
        lambda: some(rng, ALNUM + "!#$%&*+-=?^_", 20),
        lambda: word.replace("o", "0").replace("i", "1").replace("e", "3") + some(rng, "!$#", 1) + "x9",
    ))()  # fmt: skip


def password(rng: random.Random) -> Written:
    """Return a password in an assignment, a sentence or a URL."""
    value = a_password(rng)
    plain = some(rng, ALNUM, 14)
    text, value = rng.choice((
        (f"password = \"{value}\"", value), (f"DB_PASSWORD={value}", value),
        (f"user: admin\npassword: {value}\nhost: db.internal", value), (f"my password is {value}", value),
        (f"postgres://app:{plain}@db.example.com:5432/orders", plain),
        (f"redis://:{plain}@cache.internal:6379/0", plain),
        (f"mongodb+srv://svc:{plain}@cluster0.example.net/prod?retryWrites=true", plain),
        (f"Server=tcp:sql.example.com;User ID=sa;Password={plain};Encrypt=true", plain),
        (f"curl -u admin:{plain} https://ci.example.com/job/7", plain),
        (f"mysql --user=root --password={plain} shop", plain),
        (f"Passwort: {value}", value), (f"'passwd': '{value}'", value),
    ))  # fmt: skip
    return Written(text, {rng.choice(("password", "db_password", "passwd", "pwd")): value}, (value,))


def pem_block(rng: random.Random, label: str, rows: int) -> tuple[str, tuple[str, ...]]:
    """Return a block of PEM and its lines of base64."""
    body = some(rng, BASE64, 64 * rows - rng.randint(3, 60)) + rng.choice(("", "=", "=="))
    lines = textwrap.wrap(body, 64)
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")), tuple(lines)


def pem(rng: random.Random) -> Written:
    """Return a private key."""
    label = rng.choice(("RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"))
    block, lines = pem_block(rng, label, 4 if label.startswith("EC") else 20)
    text = rng.choice((
        f"My key:\n{block}\nWhy is it refused?", json.dumps({"key": block}), f"KEY=\"{block}\"",
        block.replace("\n", "\\n"), textwrap.indent(block, "    "), block.replace("\n", "\r\n"),
    ))  # fmt: skip
    return Written(text, {rng.choice(("private_key", "key", "pem", "content")): block}, lines)


def header(rng: random.Random) -> Written:
    """Return a header with a bearer token or with basic credentials."""
    opaque = some(rng, ALNUM, rng.choice((32, 40, 64)))
    basic = base64.b64encode(f"{rng.choice(('admin', 'svc-api'))}:{some(rng, ALNUM, 12)}".encode()).decode()
    scheme, value = rng.choice((("Bearer", opaque), ("Basic", basic), ("Token", opaque)))
    name = rng.choice(("Authorization", "authorization", "Proxy-Authorization"))
    text = rng.choice((
        f"{name}: {scheme} {value}", f"curl -H \"{name}: {scheme} {value}\" https://api.example.com/v1/items",
        f"headers = {{'{name}': '{scheme} {value}'}}", f"GET /v1 HTTP/1.1\r\n{name}: {scheme} {value}\r\n\r\n",
    ))  # fmt: skip
    return Written(text, {name: f"{scheme} {value}"}, (value,))


def generic(rng: random.Random) -> Written:
    """Return a key without a form of its own: only its name says what it is."""
    value = some(rng, rng.choice((HEX, ALNUM)), rng.choice((24, 32, 40)))
    names = ("api_key", "apiKey", "API_KEY", "x-api-key", "X-Api-Key", "client_secret", "access_token",
             "secret_key", "SERVICE_API_KEY", "auth_token")  # fmt: skip
    name = rng.choice(names)
    text = rng.choice((
        f"{name}={value}", f"{name}: {value}", f"{name} = '{value}'", f'"{name}": "{value}"',
        f"https://api.example.com/v2/search?q=shoes&api_key={value}", f"--api-key {value}",
        f"The API key is {value}",
    ))  # fmt: skip
    return Written(text, {name: value}, (value,))


KINDS: dict[str, Callable[[random.Random], Written]] = {
    "model_key": model_key, "aws": aws, "platform_token": platform_token, "google": google, "jwt": jwt,
    "password": password, "pem": pem, "header": header, "generic": generic,
}  # fmt: skip


def made_secrets(seed: int = 1) -> Iterator[Placed]:
    """Yield 25 secrets of each kind, in turn in each place."""
    rng = random.Random(seed)  # noqa: S311 - they open nothing
    for kind, make in KINDS.items():
        for number in range(A_KIND):
            written = make(rng)
            column, content = PLACES[number % len(PLACES)](written)
            yield Placed(kind, column, content, written.values)


def _message(written: Written) -> tuple[str, str]:
    part = {"type": "text", "content": f"Hello,\nit does not work: {written.text}\nWhat is wrong?"}
    return "input_messages", json.dumps([{"role": "user", "parts": [part]}])


def _bare_message(written: Written) -> tuple[str, str]:
    part = {"type": "text", "content": written.text}
    return "output_messages", json.dumps([{"role": "assistant", "parts": [part]}])


def _arguments(written: Written) -> tuple[str, str]:
    return "tool_arguments", json.dumps({"region": "eu", "config": written.entry})


def _result(written: Written) -> tuple[str, str]:
    return "tool_result", json.dumps({"status": 200, "body": json.dumps({"ok": True} | written.entry)})


def _log_result(written: Written) -> tuple[str, str]:
    return "tool_result", json.dumps(f"line 1\n{written.text}\nline 3")


def _attribute(written: Written) -> tuple[str, str]:
    values = {f"http.request.header.{name.lower()}": [value] for name, value in written.entry.items()}
    return "attributes", json.dumps(values)


def _prompt(written: Written) -> tuple[str, str]:
    return "system_prompt", f"You are an assistant. {written.text}"


PLACES: tuple[Callable[[Written], tuple[str, str]], ...] = (
    _message, _arguments, _result, _bare_message, _attribute, _log_result, _prompt,
)  # fmt: skip
