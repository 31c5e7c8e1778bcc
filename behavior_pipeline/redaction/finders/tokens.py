"""Finds secrets with a form of their own: keys and tokens by their issuers' prefixes, JWTs, private keys.

The forms are those that issuers publish. Each begins with something literal, which is looked for first.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from behavior_pipeline.redaction.hits import SECRET, Hit

API_KEY, TOKEN, JWT = "secret:api_key", "secret:token", "secret:jwt"
PRIVATE_KEY, CLOUD_KEY, WEBHOOK = "secret:private_key", "secret:cloud_key", "secret:webhook"
EDGE = r"(?<![A-Za-z0-9_])"
SIGNS = r"[A-Za-z0-9_\-]"


class Form(NamedTuple):
    """How secrets of an issuer look: what is looked for first, the whole, and what it is called."""

    literal: str
    look: re.Pattern[str]
    kind: str


# Prefixes, by the form of what follows them.
_PREFIXES = {
    "letters": (
        "ghp_ gho_ ghu_ ghs_ ghr_ npm_ sk_live_ sk_test_ rk_live_ rk_test_ whsec_ hf_ gsk_ r8_ lin_api_"
        " fw_ rubygems_ ATBB ntn_ secret_ sbp_ glsa_ figd_ dckr_pat_ tvly-"
    ),
    "signs": (
        "sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or-v1- sk-lf- github_pat_ glpat- gldt- glrt- glptt-"
        " glcbt- glsoat- glimt- glft- gloas- glagent- glffct- xoxb- xoxp- xoxa- xoxr- xoxs- xoxe- xoxe."
        " xoxo- xoxc- xoxd- xapp- GOCSPX- AIza ya29. 1//0 shpat_ shpca_ shppa_ shpss_ pypi-AgE nvapi-"
        " pcsk_ lsv2_pt_ lsv2_sk_ sntrys_ sntryu_ hvs. hvb. hvr. dapi pscale_tkn_ pscale_pw_ dop_v1_"
        " doo_v1_ dor_v1_ dp.pt. dp.st. dp.ct. PMAK- NRAK- NRAL- EZAK FLWSECK- sq0atp- sq0csp- ATATT3x"
        " CCIPAT_ ops_eyJ glc_eyJ xai- pplx- ABSK bedrock-api-key- AGE-SECRET-KEY-1 HRKU- AKCp phc_ phx_"
        " tskey- dt0c01. sgp_ key-"
    ),
}


def _forms(kind: str, **tails: str) -> tuple[Form, ...]:
    return tuple(
        Form(prefix, re.compile(rf"{EDGE}{re.escape(prefix)}(?:{tail})"), kind)
        for tail, prefixes in ((pattern, _PREFIXES[name]) for name, pattern in tails.items())
        for prefix in prefixes.split()
    )


PREFIXED = (
    *_forms(TOKEN, letters=r"[A-Za-z0-9]{20,255}", signs=rf"(?:{SIGNS}|[.](?=[A-Za-z0-9])){{20,600}}"),
    Form("sk-", re.compile(rf"{EDGE}sk-{SIGNS}{{20,300}}"), API_KEY),
    Form("SG.", re.compile(rf"{EDGE}SG\.{SIGNS}{{16,40}}\.{SIGNS}{{30,60}}"), API_KEY),
    *(
        Form(mark, re.compile(rf"{EDGE}[0-9a-f]{{32}}-us[0-9]{{1,2}}(?![\w\-])"), API_KEY)
        for mark in ("-us1", "-us2")
    ),
    Form(":AA", re.compile(r"(?<![0-9])[0-9]{8,10}:AA[\w\-]{32,34}(?![\w\-])"), TOKEN),
    Form("8Q~", re.compile(rf"{EDGE}[\w~.\-]{{3}}8Q~[\w~.\-]{{31,34}}(?![\w~\-])"), TOKEN),
    Form(".atlasv1.", re.compile(rf"{EDGE}[A-Za-z0-9]{{14}}\.atlasv1\.[\w\-]{{60,70}}"), TOKEN),
    Form(
        "eyJ",
        re.compile(rf"{EDGE}eyJ{SIGNS}{{8,}}\.(?:eyJ{SIGNS}{{8,}}|{SIGNS}*(?=\.))(?:\.{SIGNS}*){{0,3}}"),
        JWT,
    ),
)  # fmt: skip
PATHS = (
    re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/([\w/\-]{20,})"),
    re.compile(r"discord(?:app)?\.com/api/webhooks/([0-9]{10,}/[\w\-]{30,})"),
)
AWS_ID = re.compile(r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])")
AWS_SECRET = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")
AWS_NEAR = 240
# A header with a line of base64 behind it, maybe after headers of its own (Proc-Type) and signs of code.
PEM = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----"
    r"[\s\\\"'+,]{0,60}(?:[A-Za-z\-]{3,12}: [^\n]{0,80}\n\s{0,40}){0,4}[A-Za-z0-9+/=]{16,}"
)
PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,24}PRIVATE KEY(?: BLOCK)?-----")
PEM_LINES = re.compile(
    r"(?:[\s\\\"'+,]{1,60}[A-Za-z0-9+/=]{40,})*(?:[\s\\\"'+,]{1,60}[A-Za-z0-9+/]{16,}={0,2})?"
)
LONGEST_PEM = 20_000
FEWEST_SIGNS = 8  # different ones, of a token that was drawn at random
FILLER = re.compile(r"(?i)xxxx|\.\.\.|(.)\1{5}|your|123456789012")
LONG_PIECE = re.compile(r"[A-Za-z0-9]{16,}")
CLASSES = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile("[0-9]"))


def tokens(view: str, label: str) -> Iterator[Hit]:
    """Yield the secrets of a view whose form alone says what they are."""
    for form in PREFIXED:
        if form.literal in view:
            for match in form.look.finditer(view):
                if is_drawn(match.group().removeprefix(form.literal)):
                    yield Hit(*match.span(), form.kind, SECRET)
    for path in PATHS if "hooks" in view else ():
        for match in path.finditer(view):
            yield Hit(*match.span(1), WEBHOOK, SECRET)
    yield from _aws(view)
    if "PRIVATE KEY" in view:
        yield from _private_keys(view)


def is_drawn(tail: str) -> bool:
    """Return whether what follows a prefix was drawn at random: no filler, no words in a row."""
    if len(set(tail)) < FEWEST_SIGNS or FILLER.search(tail):
        return False
    if _classes(tail) == len(CLASSES):
        return True
    return any(
        sum(look.search(piece) is not None for look in CLASSES) > 1 for piece in LONG_PIECE.findall(tail)
    )


def _classes(text: str) -> int:
    """Count the classes of signs in a text: small letters, capitals, digits."""
    return sum(look.search(text) is not None for look in CLASSES)


def _aws(view: str) -> Iterator[Hit]:
    """Yield ids of access keys, and near them the secrets, which have no form but their length."""
    for match in AWS_ID.finditer(view) if "A" in view else ():
        yield Hit(*match.span(), CLOUD_KEY, SECRET)
        first = max(0, match.start() - AWS_NEAR)
        for secret in AWS_SECRET.finditer(view, first, match.end() + AWS_NEAR):
            if _classes(secret.group()) == len(CLASSES):
                yield Hit(*secret.span(), CLOUD_KEY, SECRET)


def _private_keys(view: str) -> Iterator[Hit]:
    """Yield blocks of PEM with a body; one that was cut ends with its last line of base64."""
    for match in PEM.finditer(view):
        end = PEM_END.search(view, match.end(), match.end() + LONGEST_PEM)
        if end is not None and "-----BEGIN" not in view[match.end() : end.start()]:
            yield Hit(match.start(), end.end(), PRIVATE_KEY, SECRET)
        elif lines := PEM_LINES.match(view, match.end()):
            yield Hit(match.start(), lines.end(), PRIVATE_KEY, SECRET)
