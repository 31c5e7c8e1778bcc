"""Makes technical texts that hold no secret and look as if they did: the set was fixed before any recogniser.

Digests, ids, versions, images in base64, diffs, lock files, addresses with queries, code and documentation
that handle secrets without holding one, and JSON whose keys have names like those of secrets.
"""
# ruff: noqa: E501 - one text a line

import base64
import json
import random
import string
import uuid
from collections.abc import Callable, Iterator

Maker = Callable[[random.Random], str]
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def _some(rng: random.Random, signs: str, count: int) -> str:
    return "".join(rng.choices(signs, k=count))


def _base64(rng: random.Random, count: int) -> str:
    return base64.b64encode(rng.randbytes(count)).decode()


def _diff(rng: random.Random) -> str:
    old, new = _some(rng, HEX, 7), _some(rng, HEX, 7)
    return (
        f"diff --git a/src/auth/token.py b/src/auth/token.py\nindex {old}..{new} 100644\n"
        f"--- a/src/auth/token.py\n+++ b/src/auth/token.py\n@@ -{rng.randint(1, 90)},7 +{rng.randint(1, 90)},9 @@"
        f" def refresh(token: str) -> str:\n-    return client.post(url, token=token)\n"
        f"+    return client.post(url, token=token, timeout={rng.randint(1, 60)})\n"
    )


def _lock(rng: random.Random) -> str:
    name = rng.choice(("lodash", "@babel/core", "tokenizers", "jsonwebtoken", "passport", "keytar"))
    return rng.choice((
        lambda: f'"{name}@^{_version(rng)}":\n  version "{_version(rng)}"\n  resolved "https://registry.example/'
        f'{name}/-/{name}-{_version(rng)}.tgz#{_some(rng, HEX, 40)}"\n  integrity sha512-{_base64(rng, 64)}',
        lambda: f"{name}=={_version(rng)} \\\n    --hash=sha256:{_some(rng, HEX, 64)} \\\n"
        f"    --hash=sha256:{_some(rng, HEX, 64)}",
        lambda: f"github.com/acme/{name} v{_version(rng)} h1:{_base64(rng, 32)}\n"
        f"github.com/acme/{name} v{_version(rng)}/go.mod h1:{_base64(rng, 32)}",
        lambda: f'name = "{name}"\nversion = "{_version(rng)}"\nchecksum = "{_some(rng, HEX, 64)}"',
    ))()  # fmt: skip


def _version(rng: random.Random) -> str:
    return ".".join(str(rng.randint(0, 40)) for _ in range(3))


THINGS: dict[str, Maker] = {
    "md5": lambda rng: _some(rng, HEX, 32), "sha1": lambda rng: _some(rng, HEX, 40),
    "sha256": lambda rng: _some(rng, HEX, 64), "short": lambda rng: _some(rng, HEX, 7),
    "uuid": lambda rng: str(uuid.UUID(int=rng.getrandbits(128), version=4)),
    "ulid": lambda rng: "01" + _some(rng, "0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24),
    "version": _version, "small": lambda rng: str(rng.randint(2, 120)),
    "image": lambda rng: f"data:image/png;base64,iVBORw0KGgo{_base64(rng, rng.randint(60, 600))}",
    "blob": lambda rng: _base64(rng, rng.randint(30, 300)), "etag": lambda rng: f'W/"{_some(rng, HEX, 32)}"',
    "completion": lambda rng: f"chatcmpl-{_some(rng, ALNUM, 29)}", "call": lambda rng: f"call_{_some(rng, ALNUM, 24)}",
    "toolu": lambda rng: f"toolu_01{_some(rng, ALNUM, 22)}", "msg": lambda rng: f"msg_01{_some(rng, ALNUM, 22)}",
    "response": lambda rng: f"resp_{_some(rng, HEX, 48)}", "run": lambda rng: f"run-{_some(rng, ALNUM, 20)}",
    "asst": lambda rng: f"asst_{_some(rng, ALNUM, 24)}", "thread": lambda rng: f"thread_{_some(rng, ALNUM, 24)}",
    "customer": lambda rng: f"cus_{_some(rng, ALNUM, 14)}", "intent": lambda rng: f"pi_{_some(rng, ALNUM, 24)}",
    "fingerprint": lambda rng: f"fp_{_some(rng, HEX, 10)}", "trace": lambda rng: _some(rng, HEX, 32),
    "span": lambda rng: _some(rng, HEX, 16), "pod": lambda rng: f"token-api-{_some(rng, HEX, 10)}-{_some(rng, 'bcdfghjklmnpqrstvwxz2456789', 5)}",
    "arn": lambda rng: f"arn:aws:secretsmanager:eu-west-1:{rng.randrange(10**11, 10**12)}:secret:prod/db-{_some(rng, ALNUM, 6)}",
    "instance": lambda rng: f"i-0{_some(rng, HEX, 16)}", "bucket": lambda rng: f"s3://acme-logs/{rng.randint(2020, 2026)}/{_some(rng, HEX, 32)}.parquet",
    "env": lambda rng: rng.choice(("OPENAI_API_KEY", "DB_PASSWORD", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "JWT_SECRET")),
    "doc": lambda rng: rng.choice(("<your key>", "YOUR_API_KEY", "your-api-key-here", "sk-...", "xxxxxxxxxxxxxxxx", "****************",
                                   "{{api_key}}", "${API_KEY}", "$API_KEY", "<token>", "[REDACTED]", "...", "changeme", "replace-me",
                                   "sk-xxxxxxxxxxxxxxxxxxxxxxxx", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "%API_KEY%", "YOUR_SECRET_KEY_HERE")),
    "variable": lambda rng: rng.choice(("password", "token", "secret", "api_key", "new_password", "hashed", "user.password", "self._token",
                                        "config.api_key", "settings.SECRET_KEY", "request.headers", "args.token", "passwd2", "cfg['token']")),
    "type": lambda rng: rng.choice(("str", "string", "String", "Optional[str]", "str | None", "SecretStr", "bytes", "&str", "text", "varchar(255)")),
    "call_of": lambda rng: rng.choice(("get_secret(\"db/prod\")", "os.environ[\"API_KEY\"]", "os.getenv('TOKEN')", "process.env.API_KEY_2",
                                       "vault.read('kv/data/app')", "secrets.token_hex(32)", "input('Password: ')", "getpass.getpass()",
                                       "hashlib.sha256(raw).hexdigest()", "Config.fetch(:key1)", "generate_password_hash(pw1)", "ENV['SECRET_KEY_BASE']")),
    "rule": lambda rng: rng.choice(("required", "incorrect", "case-sensitive", "too short", "at least 8 characters long", "hashed with bcrypt",
                                    "stored as SHA-256", "expired", "null", "invalid", "optional", "not set", "8-64 characters", "encrypted with AES-256-GCM",
                                    "hashed with argon2id", "reset every 90 days", "UTF-8 encoded", "never logged")),
    "diff": _diff, "lock": _lock,
}  # fmt: skip
TEXTS = (
    "commit {sha1}\nAuthor: ci\n\n    bump tokenizer to {version}", "sha256:{sha256}  release-{version}.tar.gz",
    "md5 of the export is {md5}, etag {etag}", "docker pull ghcr.io/acme/api@sha256:{sha256}",
    "request {uuid} of thread {thread} took {small} ms", "{completion} -> {call} -> {toolu}", "{msg} follows {response}",
    "run {run} of {asst}, fingerprint {fingerprint}", "customer {customer} paid with intent {intent}",
    "trace {trace} span {span}: rate limited", "traceparent: 00-{trace}-{span}-01", "{image}", "![plot]({image})",
    "<img src=\"{image}\">", "attachment (base64): {blob}", "{diff}", "{lock}", "{lock}\n{lock}", "pod/{pod} 1/1 Running {small}d",
    "kubectl logs {pod} -c token-refresher --since={small}m", "GET /v1/items?id={uuid}&page_token={blob}&limit={small} 200",
    "https://shop.example.com/p/{small}?utm_source=mail&sid={md5}&ref={short}", "https://example.com/reset?next=/home&lang=de",
    "https://api.example.com/v1/users/{ulid}/keys/{uuid}", "instance {instance} reads {bucket}", "secret is kept in {arn}",
    "api_key = os.environ[\"{env}\"]", "export {env}={doc}", "{env}: ${{{{ secrets.{env} }}}}", "{env}={doc}\nDEBUG=1",
    "client = OpenAI(api_key={call_of})", "password = {call_of}", "token = {call_of}\nlogin(token=token)", "self.password = {variable}",
    "login(user=user, password={variable})", "secret={variable}, token={variable})", "def login(password: {type}, token: {type}) -> None: ...",
    "password: {type}\n    token: {type}", "interface Login {{ password: string; apiKey?: string; token: {type} }}",
    "Your password is {rule}.", "The password must be {rule}; the token is {rule}.", "Password: {rule}", "api_key: {rule}",
    "The API key is {rule}.", "if not token: raise ValueError(\"token is {rule}\")", "Pass your key as `Authorization: Bearer {doc}`.",
    "curl -H \"Authorization: Bearer {doc}\" https://api.example.com", "curl -H 'X-Api-Key: {doc}' https://api.example.com/v2",
    "Use Basic authentication or Bearer authentication with OAuth{small}.", "api_key: {doc}", "api_key=\"{doc}\"", "password: {doc}",
    "Set `{env}` before you start; a token has {small} characters.", "postgres://user:{doc}@localhost/db", "https://user:password@example.com/",
    "The file begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.", "assert pem.startswith(\"-----BEGIN RSA PRIVATE KEY-----\")",
    "-----BEGIN CERTIFICATE-----\n{blob}\n-----END CERTIFICATE-----", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{blob} ops@build",
    "max_tokens={small}, total_tokens: {small}, token_count = {small}", "eos_token=\"<|endoftext|>\", pad_token_id={small}", "token #{small} is \"ization\"",
    "password_hash VARCHAR(255) NOT NULL, secret_name TEXT", "SELECT token, secret FROM sessions WHERE id = '{uuid}'", "the token {uuid} was not in the cache",
    "tokenizer.encode(\"Basic {small} lessons\")", "ImportError: cannot import name 'token_hex_{small}' from 'secrets'", "passwordless login since {version}",
    "Forgot your password? Click https://example.com/reset/{small}", "secretName: tls-{short}", "keyId={uuid}, keyVersion={small}", "cache_key={md5}; sort_key=user#{uuid}",
    "css: .sk-circle{small} .sk-fading-circle-{small} {{ width: {small}px }}", "model sk-learn-{version}, task-{small}, risk-{short}", "jwt.decode(token, key, algorithms=[\"HS256\"])",
    "header = {{\"alg\": \"RS256\", \"typ\": \"JWT\"}}", "nonce={blob}", "public key: {blob}", "Signature-Version: {version}\nDigest-Algorithms: SHA-256",
)  # fmt: skip
DOCUMENTS: tuple[Callable[[Callable[[str], str]], object], ...] = (
    lambda of: {"id": of("completion"), "object": "chat.completion", "system_fingerprint": of("fingerprint")},
    lambda of: {"token": "ization", "logprob": -0.2, "top_token": " the"},
    lambda of: {"next_page_token": of("blob"), "items": [{"id": of("uuid"), "etag": of("etag")}]},
    lambda of: {"type": "object", "properties": {"password": {"type": "string", "description": "The password."}}},
    lambda of: {"password": of("rule"), "token": of("rule")}, lambda of: {"api_key": of("doc"), "region": "eu"},
    lambda of: {"errors": {"password": ["is too short (minimum is 8 characters)"], "token": ["can't be blank"]}},
    lambda of: {"secret_arn": of("arn"), "secret_name": "prod/db", "key_id": of("uuid"), "version": of("version")},
    lambda of: {"usage": {"prompt_tokens": int(of("small")), "total_tokens": int(of("small"))}},
    lambda of: {"authorization": "required", "auth": {"type": "bearer"}, "token_type": "Bearer"},
    lambda of: {"password": None, "api_key": "", "secret": True, "token": int(of("small"))},
    lambda of: {"commit": of("sha1"), "tree": of("sha1"), "verified": {"signature": None, "reason": "unsigned"}},
    lambda of: {"env": [{"name": of("env"), "valueFrom": {"secretKeyRef": {"name": "app", "key": "token"}}}]},
    lambda of: {"labels": {"password": "Passwort", "forgot_password": "Passwort vergessen?", "token": "Zugriffstoken"}},
    lambda of: {"public_key": of("blob"), "cache_key": of("md5"), "idempotency_key": of("uuid"), "sort_key": of("ulid")},
    lambda of: {"image_url": {"url": of("image")}}, lambda of: {"code": f"api_key = {of('call_of')}", "lang": "python"},
    lambda of: {"csrf_enabled": True, "password_policy": "strong-2", "secret_rotation": f"{of('small')}d"},
)  # fmt: skip


def technical_texts(count: int, seed: int = 1) -> Iterator[str]:
    """Yield so many texts; a third of them is JSON, some as a text in JSON."""
    rng = random.Random(seed)  # noqa: S311 - texts, no secrets
    for _ in range(count):
        if rng.random() < 0.33:
            value = rng.choice(DOCUMENTS)(lambda name: THINGS[name](rng))
            yield json.dumps({"result": json.dumps(value)} if rng.random() < 0.3 else value)
        else:
            yield "\n".join(_filled(text, rng) for text in rng.choices(TEXTS, k=rng.choice((1, 1, 2, 3))))


def _filled(text: str, rng: random.Random) -> str:
    class Values(dict[str, str]):
        def __missing__(self, name: str) -> str:
            return THINGS[name](rng)

    return text.format_map(Values())
