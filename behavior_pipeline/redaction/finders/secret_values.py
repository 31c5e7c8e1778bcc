"""Says whether a value can be a secret: a name beside it alone does not make it one.

Code that handles passwords, and documentation of keys, come by far more often than keys. So placeholders,
places where secrets are kept, names of other values, types, rules and words about passwords are told apart.
"""

import re

PASSWORD_NAMES = (
    r"passw(?:or)?d|passwort|passphrase|pass[_\- ]?code|pwd|kennwort|mot de passe|contrase(?:ñ|n)a|senha"  # noqa: S105 - names
    r"|has(?:ł|l)o|wachtwoord|пароль|密码|パスワード|비밀번호"
)
LONGEST_PASSWORD, LEAST_SURE, LEAST_UNSURE, LEAST_WORD = 256, 4, 6, 8
LEAST_KEY, LEAST_PIECE, LEAST_DRAWN, FEWEST_SIGNS = 10, 12, 20, 6
DIGITS_OF_A_NAME = 2  # newpassword1, passwd2
PHRASE_WORDS = range(4, 13)
PLACEHOLDER = re.compile(
    r"(?i)^(?:<.*>|\[.*\]|\{.*\}?\}|\$\{.*|\$\(.*|\$[A-Z_][A-Z0-9_]*|%\w+%|%[sdr]|\*+|!\w+|&\w+|@\w+|:\w+"
    r"|#.*)$"
    r"|your|example|placeholder|dummy|change[_\-]?me|replace|insert|redacted|hidden|masked|xxxx|\*\*\*|\.\.\.|…"
    r"|foobar|^(?:my|some|the|test|a)[_\-](?:\w+[_\-])?(?:key|secret|token|pass)|[_\-]here\b"
)
PLACE = re.compile(
    r"(?i:^(?:[a-z][a-z0-9+.\-]{1,20}:/|\./|~/|arn:|projects/|env[:.]|file:|vault[:.]|op:|secrets?[:./]|ref\+|kv/))"
    r"|^/?[a-z0-9._\-]+(?:/[a-z0-9._\-]+)+/?$|^/[a-z0-9._\-]+$"
)
CODE = re.compile(
    r"[A-Za-z_]\w*(?:(?:\.|->|::)[A-Za-z_]\w*)+[0-9]*|[a-z]+(?:_[a-z0-9]+)+|_*[a-z]+(?:[A-Z][a-z]+)+[0-9]?"
)
RULES = re.compile(r"[a-z_]+(?::[\w,]+)?(?:\|[a-z_]+(?::[\w,]+)?)+")  # required|min:8
ABOUT = re.compile(PASSWORD_NAMES + r"|pass|secret|token|key|auth|hash|field|value|string", re.IGNORECASE)
TECHNICAL = re.compile(
    r"(?i)(?<![a-z])(?:sha|md|aes|rsa|base|utf|pbkdf|argon|hs|rs|es|ps|ed|hmac|bcrypt|scrypt|oauth|tls|ssl|http"
    r"|ascii|iso|unicode|v|x|p|pkcs|totp|jwt|ntlmv?|level|version|step|type|id|no|min|max|len|page|room|row|line"
    r"|bit|byte|char)[\-_/]?[0-9]+[a-z]{0,3}(?![0-9])"
)
COUNTED = re.compile(
    r"(?i)^[0-9]+(?:-[0-9]+)?-?(?:[a-z]{1,12})(?:-[a-z]+)*$|^[0-9.,:/\-%]+$"  # 8-character, 90d, 12:30
)
WORDS = re.compile(r"[A-Za-z]?[a-z]+|[A-Z]+|[0-9]+")
ENDING = re.compile(r"(?:ed|ect|ing|ion|ly|able|ible|ive|ment|ness|less|al|ous|ent|ory|ary|ity|ure)$")
# Words about passwords that are long enough for one.
NO_PASSWORDS = frozenset(
    {"password", "postgres", "disabled", "anything", "whatever", "settings", "username", "database",
     "metadata", "nothing", "plaintext", "mismatch", "tooshort", "otherwise", "forgotten", "undefined",
     "contains", "together", "somewhere", "everyone", "anyone", "varchar", "envelope", "keychain",
     "textfield", "textarea", "interface", "parameter"}
)  # fmt: skip
OFTEN_USED = frozenset(
    {"letmein", "qwerty", "qwertz", "azerty", "iloveyou", "monkey", "dragon", "welcome", "football",
     "baseball", "princess", "sunshine", "superman", "batman", "shadow", "asdfgh", "zxcvbn", "opensesame",
     "hunter"}
)  # fmt: skip
# What sentences have, and phrases of words that were drawn do not.
SMALL_WORDS = frozenset(
    {"a", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "characters", "contain",
     "contains", "do", "does", "enter", "every", "for", "from", "has", "have", "if", "in", "is", "it",
     "least", "long", "match", "must", "no", "not", "of", "on", "one", "only", "or", "out", "please",
     "same", "set", "should", "so", "than", "that", "the", "this", "to", "too", "up", "use", "used", "was",
     "we", "were", "when", "will", "with", "wrong", "you", "your", "der", "die", "das", "ist", "und",
     "nicht", "ein", "eine", "le", "la", "les", "est", "pas", "un", "une", "el", "los", "es", "se", "una",
     "il", "non", "di", "che", "per"}
)  # fmt: skip
UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
PARTS = re.compile(r"[\-_.:~!*$@%^&]+")
SIGNS = re.compile(r"[!#$%^&*+?=@~]")
LETTER, CAPITAL, SMALL, DIGIT = (re.compile(look) for look in ("[A-Za-z]", "[A-Z]", "[a-z]", "[0-9]"))


def is_password(value: str, *, sure: bool) -> bool:
    """Return whether a value can be a password; `sure` where its place is one for values alone."""
    if not LEAST_SURE <= len(value) <= LONGEST_PASSWORD or _is_stand_in(value):
        return False
    letters, digits, signs = (look.search(value) is not None for look in (LETTER, DIGIT, SIGNS))
    if " " in value.strip() or letters + digits + signs < 2:  # noqa: PLR2004 - of one class alone
        return sure and (value.isdigit() or _is_phrase(value) or _is_word(value))
    if COUNTED.fullmatch(value) or _is_technical(value):
        return False
    if value.isidentifier() and ABOUT.search(value) and len(DIGIT.findall(value)) <= DIGITS_OF_A_NAME:
        return sure and value[0].isupper()
    return sure or len(value) >= LEAST_UNSURE


def is_key(value: str, *, least: int = LEAST_KEY) -> bool:
    """Return whether a value looks drawn: letters and digits mixed in one piece, and no words in a row."""
    if len(value) < least or " " in value or _is_stand_in(value):
        return False
    if UUID.fullmatch(value):
        return True
    pieces = [piece for piece in PARTS.split(value) if piece]
    mixed = [len(piece) for piece in pieces if LETTER.search(piece) and DIGIT.search(piece)]
    if len(set(value)) < FEWEST_SIGNS or all(WORDS.fullmatch(piece) for piece in pieces):
        return False
    if len(pieces) == 1:
        return bool(mixed) and not _is_technical(value)
    if max(mixed, default=0) >= LEAST_PIECE:
        return True
    return len(value) >= LEAST_DRAWN and all(look.search(value) for look in (CAPITAL, SMALL, DIGIT))


def _is_stand_in(value: str) -> bool:
    """Return whether a value is a placeholder, a place, the name of another value, or a rule for values."""
    return any(
        look(value) is not None
        for look in (PLACEHOLDER.search, PLACE.search, CODE.fullmatch, RULES.fullmatch)
    )


def _is_phrase(value: str) -> bool:
    """Return whether a value is a phrase of drawn words, as correct horse battery staple is."""
    spoken = value.split()
    plain = value.islower() and value.replace(" ", "").isalpha()
    return plain and len(spoken) in PHRASE_WORDS and SMALL_WORDS.isdisjoint(spoken)


def _is_word(value: str) -> bool:
    """Return whether letters alone are a password rather than a word about one."""
    if value.lower() in OFTEN_USED:
        return True
    plain = value.isascii() and value.isalpha() and (value.islower() or not WORDS.fullmatch(value))
    about = value.lower() in NO_PASSWORDS or ABOUT.search(value) or ENDING.search(value)
    return plain and len(value) >= LEAST_WORD and not about


def _is_technical(value: str) -> bool:
    """Return whether all digits of a value are those of technical words: SHA-256, UTF-8."""
    left = TECHNICAL.sub("", value)
    return left != value and not DIGIT.search(left) and not SIGNS.search(left)
