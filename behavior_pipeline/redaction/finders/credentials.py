"""Finds secrets that their surroundings announce: names of fields, assignments, headers, URLs, sentences."""

import base64
import binascii
import re
from collections.abc import Iterator
from functools import partial

from behavior_pipeline.redaction.finders.secret_values import (
    PASSWORD_NAMES,
    PLACEHOLDER,
    is_key,
    is_password,
)
from behavior_pipeline.redaction.hits import SECRET, Hit

PASSWORD, KEY = "secret:password", "secret:key"
AUTHORIZATION, COOKIE = "secret:authorization", "secret:cookie"
KEY_WORDS = (
    r"api[_\- ]?key|access[_\- ]?key|secret[_\- ]?key|account[_\- ]?key|private[_\- ]?key(?:[_\- ]?id)?"
    r"|auth[_\- ]?key|SharedAccessKey|SharedAccessSignature|api[_\- ]?(?:secret|token)|session[_\- ]?key"
    r"|(?:encryption|signing|master|subscription|license|service|app|ssh|storage|deploy)[_\- ]?key"
    r"|secret|token|credentials?|(?<=[?&])sig|(?<![a-zA-Z])auth"
)
# How a value follows its name: as in a sentence; in a list of names and values; assigned to a typed name;
# assigned, maybe behind quotes; as the next word.
NAME = re.compile(
    rf"(?:(?P<password>{PASSWORD_NAMES}|identified by|(?<![A-Za-z])pass)"
    rf"|(?P<key>{KEY_WORDS}|(?-i:(?<=[A-Z0-9]_)KEY)))[0-9]{{0,2}}"
    r"(?:(?P<is> (?:is|was|ist|war|lautet|est|es|é|to|=>?)(?::|\s)\s{0,3})"
    r"|\\*[\"'`]?,?\s{1,40}\\*[\"']?value\\*[\"']?\s{0,3}[:=]\s{0,8}"
    r"|:\s{0,3}[A-Za-z][A-Za-z\[\]|. ]{1,30}?\s{0,3}=\s{0,3}(?=\\*[\"'])"
    r"|(?:\\*[\"'`\]]{0,2}\s{0,3}(?::=|=>|->|[:=])|,(?= ?[\"']))\s{0,8}|(?<=[a-z])>(?=\S)"
    r"|(?P<next>\s{1,3}(?=\S)))",
    re.IGNORECASE,
)
# Names that say little: what they name has to look the more like a key.
VAGUE = frozenset({"token", "auth", "sig", "credential", "credentials"})
LEAST_VAGUE, LEAST_NAMED, LEAST_PIECE = 16, 8, 12
THREE_DIGITS = re.compile("[0-9]{3}")
QUERY = re.compile(r"[?&][\w\-.]*\Z")
QUOTED = re.compile(r"(?P<quote>\\{0,8}[\"'`])(?P<value>(?:(?!(?P=quote))[^\n\x00]){1,4096}?)(?P=quote)")
BARE = re.compile(r"[^\s\"'`<>(){}\[\],;\x00]{4,4096}")
IN_URL = re.compile(r"[^\s\"'`<>(){}\[\],;&#\x00]{4,4096}")
# What stands before the last word of a name, and makes it no secret's.
OTHERS = re.compile(
    r"(?-i:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))(?:page|next|prev|previous|continuation|pagination|sync|cursor|csrf|xsrf|eos|bos|pad|sep|cls|mask"
    r"|unk|start|end|stop|special|max|min|num|total|top|image|first|last|prompt|completion|idempotency|cancel"
    r"|cancellation|resume|skip|public|delimiter|per|of|sort|cache|primary|foreign|partition|each|every|forgot|no"
    r"|show|hide|toggle)[_\- ]?\Z",
    re.IGNORECASE,
)
# Where the next word alone is a value: an option, a line of a file of logins, a quoted one.
BEFORE_NEXT = re.compile(r"(?:(?<![\w\-])--?[a-z\-]*|(?:login|user|account) [^\s]{1,64}\s{1,3})\Z")
BEFORE = 24
SCHEME = re.compile(r"(?i)(?P<scheme>[a-z][a-z0-9\-]{2,20})[ \t]+(?P<value>[^\s\"'`<>,;\x00]{6,4096})")
HEADER = re.compile(
    r"(?<![a-z])(?:proxy-|x-|x_)?authori[sz]ation\\*[\"']{0,2}\s{0,3}(?::|=>|=|,)\s{0,8}\\*[\"'`\[]{0,2}",
    re.IGNORECASE,
)
COOKIES = re.compile(r"(?<![a-z])cookie\\*[\"']?\s{0,2}[:=]\s{0,4}([^\n\x00]{1,4096})", re.IGNORECASE)
BEARER = re.compile(r"\bbearer[ \t]+([A-Za-z0-9\-._~+/]{16,4096}=*)", re.IGNORECASE)
BASIC = re.compile(r"\bbasic[ \t]+([A-Za-z0-9+/\-_]{6,1024}={0,2})", re.IGNORECASE)
URL_LOGIN = re.compile(r"://([^\s/:@\"'<>\x00]*):([^\s/\"'`<>\x00]{2,256})@")
COMMAND_LOGIN = re.compile(
    r"(?<!\S)(?:-u|--user|--proxy-user)(?: |=)\\*[\"']?([^\s:\"'`\x00]{1,64}):"
    r"([^\s\"'`\x00]{3,256}?)(?=\\*[\"'`\s]|$)"
)
# Passwords of examples and of programs as they are installed.
DEFAULT_LOGINS = frozenset(
    {"password", "pass", "passwd", "pwd", "pw", "secret", "postgres", "root", "admin", "guest", "user",
     "mysql", "redis", "test", "token", "port", "host"}
)  # fmt: skip
SIGNATURE = re.compile(r"Signature=([0-9a-f]{32,})")
COOKIE_VALUE = re.compile(r"[\w.\-]+=([^;\s\"'\\\x00]{16,})")
NEAR = 1000
LABEL = re.compile(
    rf"(?:(?P<password>{PASSWORD_NAMES}|(?<![a-z])pass)|(?P<key>{KEY_WORDS}))[0-9]{{0,2}}: ?\Z",
    re.IGNORECASE,
)
HEADER_LABEL = re.compile(r"(?:^|.* )(?:authori[sz]ation|(?:set )?cookie): ?", re.IGNORECASE)


def credentials(view: str, label: str) -> Iterator[Hit]:
    """Yield the secrets of a view that words, names or places announce; `label` names its field."""
    if label:
        yield from _labelled(view, label)
    for match in NAME.finditer(view):
        yield from _named(view, match)
    for match in HEADER.finditer(view):
        yield from _header(view, match.end())
    for match in COOKIES.finditer(view):
        yield from _cookies(view, *match.span(1))
    for scheme, fits in ((BEARER, partial(is_key, least=LEAST_VAGUE)), (BASIC, _is_login)):
        for match in scheme.finditer(view):
            if fits(match.group(1)):
                yield Hit(*match.span(1), AUTHORIZATION, SECRET)
    yield from _url_logins(view)
    yield from _command_logins(view)


def _labelled(view: str, label: str) -> Iterator[Hit]:
    """Yield the whole text of a field whose name says that it holds a secret."""
    if HEADER_LABEL.fullmatch(label):
        yield from _cookies(view, 0, len(view)) if "cookie" in label else _header(view, 0)
        return
    name = LABEL.search(label)
    if name is None or OTHERS.search(label[: name.start()]):
        return
    value, start = view.strip(), len(view) - len(view.lstrip())
    kind = _kind(value, name, sure=True, least=LEAST_NAMED)
    if kind:
        yield Hit(start, start + len(value), kind, SECRET)


def _named(view: str, name: re.Match[str]) -> Iterator[Hit]:
    """Yield the value behind a name: quoted, bare, or the next word of a sentence or command."""
    before = view[max(0, name.start() - BEFORE) : name.start()]
    place, as_next = name.end(), name["next"] is not None
    if OTHERS.search(before) or (as_next and view[place] not in "\"'" and not BEFORE_NEXT.search(before)):
        return
    if quoted := QUOTED.match(view, place):
        start, end = quoted.span("value")
        if kind := _kind(view[start:end], name, sure=True, least=LEAST_NAMED):
            yield Hit(start, end, kind, SECRET)
        return
    in_url = QUERY.search(before) is not None
    bare = (IN_URL if in_url else BARE).match(view, place)
    if bare is None:
        return
    value, after = bare.group().rstrip(".:\\"), view[bare.end() : bare.end() + 1]
    glued = view[place - 1] in "=>"
    if not _is_expression(value, after, glued=glued):
        sure = in_url or (glued and name["is"] is None and after not in {",", ")"})
        if kind := _kind(value, name, sure=sure, least=LEAST_VAGUE):
            yield Hit(place, place + len(value), kind, SECRET)


def _kind(value: str, name: re.Match[str], *, sure: bool, least: int) -> str:
    """Return what a value under a name is, or nothing if it does not look like it."""
    if name["password"]:
        return PASSWORD if is_password(value, sure=sure) else ""
    least = LEAST_VAGUE if name["key"].lower() in VAGUE else least
    return KEY if is_key(value, least=least) else ""


def _is_expression(value: str, after: str, *, glued: bool) -> bool:
    """Return whether what stands bare is code: a call, an index, or the name of another value."""
    if after and after in "([{":
        return True
    is_name = value.isidentifier() and not THREE_DIGITS.search(value)
    return after in {",", ")"} and glued and is_name


def _header(view: str, place: int) -> Iterator[Hit]:
    """Yield the credentials of an authorization header, whatever its scheme."""
    scheme = SCHEME.match(view, place)
    if scheme is None:
        raw = BARE.match(view, place)
        if raw is not None and is_key(value := raw.group().rstrip("\\."), least=LEAST_PIECE):
            yield Hit(place, place + len(value), AUTHORIZATION, SECRET)
        return
    name, value, start = scheme["scheme"].lower(), scheme["value"].rstrip("\\"), scheme.start("value")
    if name.startswith("aws4"):
        for signature in SIGNATURE.finditer(view, place, place + NEAR):
            yield Hit(*signature.span(1), AUTHORIZATION, SECRET)
    elif _is_login(value) if name == "basic" else is_key(value, least=LEAST_NAMED):
        yield Hit(start, start + len(value), AUTHORIZATION, SECRET)


def _is_login(value: str) -> bool:
    """Return whether base64 says a name and a password."""
    bare = value.rstrip("=")
    try:
        plain = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return ":" in plain.strip(":") and plain.isprintable()


def _cookies(view: str, start: int, end: int) -> Iterator[Hit]:
    for match in COOKIE_VALUE.finditer(view, start, end):
        if is_key(match.group(1), least=LEAST_VAGUE):
            yield Hit(*match.span(1), COOKIE, SECRET)


def _url_logins(view: str) -> Iterator[Hit]:
    for match in URL_LOGIN.finditer(view):
        user, value = match.groups()
        if value.lower() not in DEFAULT_LOGINS and value != user and not PLACEHOLDER.search(value):
            yield Hit(*match.span(2), PASSWORD, SECRET)


def _command_logins(view: str) -> Iterator[Hit]:
    """Yield passwords of commands that take a name and a password; others take a user and a group."""
    for match in COMMAND_LOGIN.finditer(view):
        user, value = match.groups()
        of_curl = "curl" in view[max(0, match.start() - NEAR) : match.start()]
        if value != user and value.lower() not in DEFAULT_LOGINS and is_password(value, sure=of_curl):
            yield Hit(*match.span(2), PASSWORD, SECRET)
