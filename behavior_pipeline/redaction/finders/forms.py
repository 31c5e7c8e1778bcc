"""Finds what has a form of its own: e-mail, IP and MAC addresses, wallets, personal pages, codes."""

import ipaddress
import re
from collections.abc import Iterator
from functools import partial

from behavior_pipeline.redaction.finders import context, presidio
from behavior_pipeline.redaction.folded import JOINS
from behavior_pipeline.redaction.hits import CERTAIN, SAID, Hit

EMAIL = re.compile(
    rf"(?<![{JOINS}.+%\-])[{JOINS}.+%'&\-]{{1,64}}(?:@|%40)"
    rf"((?:[^\W_](?:[\w\-]{{0,61}}[^\W_])?\.)+[a-zA-Z\u00aa-\u2dff]{{2,24}})(?![{JOINS}\-])"
)
# Names inside of one network only, or reserved for examples: mail is sent there all the same.
PRIVATE = frozenset(
    {"corp", "example", "home", "internal", "intra", "intranet", "invalid", "lan", "local", "localdomain",
     "localhost", "private", "test"}
)  # fmt: skip
LOGINS = ("git@", "hg@", "svn@")  # the account of a server, not a person
IPV4 = re.compile(rf"(?<![{JOINS}.])[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![{JOINS}]|\.[0-9])")
IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])")
MAC = re.compile(r"(?<![\w:\-])[0-9A-Fa-f]{2}(?:(?::[0-9A-Fa-f]{2}){5}|(?:-[0-9A-Fa-f]{2}){5})(?![\w:\-])")
WALLET = re.compile(rf"(?<![{JOINS}])(?:bc1[a-z0-9]{{25,59}}|[13][1-9A-HJ-NP-Za-km-z]{{25,34}})(?![{JOINS}])")
URL = re.compile(r"(?<![\w])[a-z][a-z0-9+.\-]{1,11}://[^\s<>\"'\\()\[\]{}|^`\x00]+", re.IGNORECASE)
OWN_PAGE = re.compile(
    r"(?<!\w)(?:(?:my|our|his|her|their)(?: own| personal| private)? "
    r"(?:web ?site|home ?page|web ?page|page|blog|profile|portfolio|domain|site|shop|store|channel)"
    r"|meine (?:website|webseite|homepage|seite)|mon (?:site|blog)|mi (?:sitio|página|blog)|mio (?:sito|blog)"
    r"|moja strona)(?!\w)",
    re.IGNORECASE,
)
PROFILE = re.compile(
    r"https?://(?:[a-z]{2,3}\.)?(?:linkedin\.com/in|facebook\.com|instagram\.com|twitter\.com|x\.com|t\.me"
    r"|tiktok\.com|vk\.com|xing\.com/profile)/@?[\w.\-]{3,}/?(?:\?.*)?$",
    re.IGNORECASE,
)
CODICE_FISCALE = re.compile(
    rf"(?<![{JOINS}])[A-Z]{{6}}[0-9]{{2}}[A-Z][0-9]{{2}}[A-Z][0-9]{{3}}[A-Z](?![{JOINS}])"
)
PAN = re.compile(rf"(?<![{JOINS}])[A-Z]{{3}}[ABCFGHJLPT][A-Z][0-9]{{4}}[A-Z](?![{JOINS}])")
LEAST_DIGITS, LEAST_COLONS = 2, 3
CLOSING = ".,;:!?"


def forms(view: str, label: str) -> Iterator[Hit]:
    """Yield what a view holds of kinds with a form of their own."""
    if "@" in view or "%40" in view:
        yield from _emails(view)
    if "." in view:
        yield from _ipv4(view)
    if ":" in view:
        yield from _colons(view)
    yield from _wallets(view)
    for form, kind, name in (
        (CODICE_FISCALE, "IT_FISCAL_CODE", "ItFiscalCodeRecognizer"),
        (PAN, "IN_PAN", ""),
    ):
        for match in form.finditer(view):
            start, end = match.span()
            if _is_code(view, start, end, label=label, name=name):
                yield Hit(start, end, kind, CERTAIN)


def _emails(view: str) -> Iterator[Hit]:
    for match in EMAIL.finditer(view):
        domain = match.group(1)
        if match.group().startswith(LOGINS) and view[match.end() : match.end() + 1] == ":":
            continue
        if domain.rpartition(".")[2].lower() in PRIVATE or presidio.has_public_suffix(domain):
            lead = len(match.group()) - len(match.group().lstrip("'&.%-+"))
            yield Hit(match.start() + lead, match.end(), "EMAIL_ADDRESS", CERTAIN)


def _ipv4(view: str) -> Iterator[Hit]:
    for match in IPV4.finditer(view):
        parts = match.group().split(".")
        if any(int(part) > 255 for part in parts):  # noqa: PLR2004 - an octet
            continue
        # Four numbers of one digit are a version or a section; loopback and netmasks are nobody's.
        if all(len(part) == 1 for part in parts) or parts[0] in ("0", "127", "255"):
            continue
        if not context.VERSION.search(view[max(0, match.start() - 12) : match.start()].rstrip()):
            yield Hit(*match.span(), "IP_ADDRESS", CERTAIN)


def _colons(view: str) -> Iterator[Hit]:
    for match in MAC.finditer(view):
        if len(set(match.group())) > 2:  # noqa: PLR2004 - neither all zeros nor all f: those are no device
            yield Hit(*match.span(), "MAC_ADDRESS", CERTAIN)
    for match in IPV6.finditer(view):
        if _is_ipv6(match.group()):
            yield Hit(*match.span(), "IP_ADDRESS", CERTAIN)
    if "://" in view:
        yield from _pages(view)


def _is_ipv6(text: str) -> bool:
    """Return whether a text is an address in use: a name in code such as `feed::add` reads like one, too."""
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return False
    in_use = address.is_global or address.is_private
    return in_use and sum(map(str.isdigit, text)) >= LEAST_DIGITS and text.count(":") >= LEAST_COLONS


def _pages(view: str) -> Iterator[Hit]:
    """Yield addresses of pages that are somebody's: said to be, or a profile."""
    for match in URL.finditer(view):
        text = match.group().rstrip(CLOSING)
        start, end = match.start(), match.start() + len(text)
        if PROFILE.match(text) or OWN_PAGE.search(view[max(0, start - 48) : start]):
            yield Hit(start, end, "URL", SAID)


def _wallets(view: str) -> Iterator[Hit]:
    for match in WALLET.finditer(view):
        if presidio.confirms("CryptoRecognizer", match.group()):
            yield Hit(*match.span(), "CRYPTO", CERTAIN)


def _is_code(view: str, start: int, end: int, *, label: str, name: str) -> bool:
    if name:
        return presidio.confirms(name, view[start:end])
    words = partial(presidio.words_of, "InPanRecognizer")
    return view[start + 3] == "P" or context.near(view, start, end, label=label, group=words())
