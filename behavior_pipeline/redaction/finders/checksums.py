"""Check digits of numbers that Presidio has no recogniser for, and of cards, which are checked before it."""

CPF_DIGITS, NIR_DIGITS, AHV_DIGITS, BSN_DIGITS = 11, 15, 13, 9
RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# How long an IBAN of a country is.
IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO", 16: "BE", 18: "DK FO FI GL NL SD", 19: "MK SI", 20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE GI IL IQ TL SO",
        24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST", 26: "IS TR", 27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV", 29: "BR EG PS QA UA", 30: "JO KW MU", 31: "MT SC", 32: "LC",
    }.items()
    for country in countries.split()
}  # fmt: skip
# Whose account numbers are digits alone.
IBAN_OF_DIGITS = frozenset(
    {"AT", "BA", "BE", "CZ", "DE", "DK", "EE", "ES", "FI", "HR", "HU", "LT", "ME", "NO", "PL", "PT", "RS",
     "SE", "SI", "SK", "XK"}
)  # fmt: skip
LEAST_IBAN_DIGITS = 8  # of one that is read in small letters: words between groups are none of it
NRIC_WEIGHTS = (2, 7, 6, 5, 4, 3, 2)
NRIC_LETTERS = {"S": "JZIHGFEDCBA", "T": "GFEDCBAJZIH", "F": "XWUTRQPNMLK", "G": "RQPNMLKXWUT"}


def _bare(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def small_iban(text: str) -> int:
    """Return how many signs a text begins with are an IBAN in small letters, or 0 (ISO 7064, mod 97)."""
    length = IBAN_LENGTHS.get(text[:2].upper(), 0)
    places = [place for place, sign in enumerate(text) if sign.isalnum()]
    if not length or len(places) < length or text.isupper():
        return 0
    end = places[length - 1] + 1
    signs = "".join(filter(str.isalnum, text[:end])).upper()
    if signs[:2] in IBAN_OF_DIGITS and not signs[2:].isdigit():
        return 0
    if text[end : end + 1].isalnum() or sum(map(str.isdigit, signs)) < LEAST_IBAN_DIGITS:
        return 0
    return end if int("".join(str(int(sign, 36)) for sign in signs[4:] + signs[:4])) % 97 == 1 else 0


def luhn(digits: str) -> bool:
    """Return whether the last digit is the one that ISO/IEC 7812 asks for."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    total = sum(map(int, digits[-1::-2])) + sum(value - 9 if value > 9 else value for value in doubled)  # noqa: PLR2004 - the digits' sum
    return total % 10 == 0


def br_cpf(text: str) -> bool:
    """Return whether a Brazilian CPF has the right last two digits; eleven equal ones are none."""
    digits = _bare(text)
    if len(digits) != CPF_DIGITS or len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(
            int(digit) * weight
            for digit, weight in zip(digits[:length], range(length + 1, 1, -1), strict=True)
        )
        if int(digits[length]) != total * 10 % 11 % 10:
            return False
    return True


def cn_resident(digits: str) -> bool:
    """Return whether the last sign of a Chinese resident identity number fits (GB 11643, mod 11-2)."""
    total = sum(int(digit) * weight for digit, weight in zip(digits[:17], RESIDENT_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == digits[17].upper()


def fr_nir(digits: str) -> bool:
    """Return whether a French social security number has the right key (mod 97)."""
    return len(digits) == NIR_DIGITS and int(digits[13:]) == 97 - int(digits[:13]) % 97


def ch_ahv(text: str) -> bool:
    """Return whether a Swiss AHV number begins with 756 and has the right EAN-13 digit."""
    digits = _bare(text)
    if len(digits) != AHV_DIGITS or not digits.startswith("756"):
        return False
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits[:12]))
    return -total % 10 == int(digits[12])


def nl_bsn(digits: str) -> bool:
    """Return whether a Dutch BSN passes the test of eleven."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    if len(digits) != BSN_DIGITS or not digits.strip("0"):
        return False
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


def sg_nric(value: str) -> bool:
    """Return whether the last letter of a Singapore NRIC or FIN (S, T, F, G) fits its digits."""
    first, last = value[0].upper(), value[-1].upper()
    if first not in NRIC_LETTERS:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[1:8], NRIC_WEIGHTS, strict=True))
    return NRIC_LETTERS[first][total % 11] == last
