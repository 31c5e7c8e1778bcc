"""Texts for tests: values of each kind with what they are made of, and text around them."""

from hypothesis import strategies as st

from behavior_pipeline.redaction.finders.checksums import luhn

FULL_WIDTH = "".join(chr(ord(digit) + 0xFEE0) for digit in "4111111111111111")
# By kind: a text and the value in it. Numbers are published examples, or made up with the right check digits.
HOLDING = {
    "EMAIL_ADDRESS": [
        ("write to Jane.Doe+spam@mail.example.co.uk, please", "Jane.Doe+spam@mail.example.co.uk"),
        ("see ?mail=anna%40example.org&x=1", "anna%40example.org"),
        ("邮箱是anna@example.com。", "anna@example.com"),
        ("anna.k@host.internal is ours", "anna.k@host.internal"),
    ],
    "CREDIT_CARD": [
        ("4111 1111 1111 1111 12/27 123", "4111 1111 1111 1111"),
        ("it is 5555-5555-5555-4444.", "5555-5555-5555-4444"),
        ("378282246310005", "378282246310005"),
        ("my card is 584528792610, thanks", "584528792610"),
        ("mi tarjeta 4222222222222", "4222222222222"),
        (FULL_WIDTH, FULL_WIDTH),
        ("\u00a04111\u00a01111\u00a01111\u00a01111", "4111\u00a01111\u00a01111\u00a01111"),
    ],
    "IBAN_CODE": [
        ("IBAN DE89 3704 0044 0532 0130 00 or so", "DE89 3704 0044 0532 0130 00"),
        ("transfer from GB33BUKB20201555555555 today", "GB33BUKB20201555555555"),
        ("FR76 3000 6000 0112 3456 7890 189", "FR76 3000 6000 0112 3456 7890 189"),
    ],
    "CRYPTO": [
        ("to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        ("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
    ],
    "IP_ADDRESS": [
        ("client_ip=|106.31.73.20|", "106.31.73.20"),
        ("from 2001:db8::ff00:42:8329", "2001:db8::ff00:42:8329"),
    ],
    "MAC_ADDRESS": [("device 3c:22:fb:aa:10:9e is off", "3c:22:fb:aa:10:9e")],
    "PHONE_NUMBER": [
        ("+49 171 1234567", "+49 171 1234567"),
        ("call +1 (415) 555-2671 now", "+1 (415) 555-2671"),
        ("(212) 555-0187", "(212) 555-0187"),
        ("Handy: 0171/1234567", "0171/1234567"),
        ("mon téléphone est le 01 42 68 53 00.", "01 42 68 53 00"),
        ("numer telefonu 501-234-567", "501-234-567"),
        ("電話番号は03-1234-5678です", "03-1234-5678"),
    ],
    "US_SSN": [("it is 846-15-5715", "846-15-5715"), ("SSN 123456788", "123456788")],
    "UK_NHS": [("NHS number 943 476 5919", "943 476 5919")],
    "UK_NINO": [("AB 12 34 56 C", "AB 12 34 56 C"), ("NI number AB123456C", "AB123456C")],
    "ES_NIF": [("mi DNI es 12345678Z", "12345678Z")],
    "ES_NIE": [("X1234567L", "X1234567L")],
    "IT_FISCAL_CODE": [("codice RSSMRA85T10A562S", "RSSMRA85T10A562S")],
    "PL_PESEL": [("PESEL 44051401359", "44051401359")],
    "FI_PERSONAL_IDENTITY_CODE": [("131052-308T", "131052-308T")],
    "AU_TFN": [("tax file number 123 456 782", "123 456 782")],
    "IN_AADHAAR": [("aadhaar 2345 6789 0124", "2345 6789 0124")],
    "IN_PAN": [("ABCPE1234F", "ABCPE1234F")],
    "SG_NRIC_FIN": [("S1234567D", "S1234567D")],
    "BR_CPF": [("111.444.777-35", "111.444.777-35")],
    "CH_AHV": [("756.9217.0769.85", "756.9217.0769.85")],
    "CN_RESIDENT_ID": [("身份证11010519491231002X", "11010519491231002X")],
    "US_DRIVER_LICENSE": [("My driver's license number is 5130634", "5130634")],
    "PASSPORT": [("Reisepass 123456789", "123456789")],
    "DATE_OF_BIRTH": [("She was born on 7/14/1995.", "7/14/1995"), ("DOB: 1990-05-14", "1990-05-14")],
    "AGE": [("I'll turn 40.", "40"), ("My father retired at the age of 61", "61")],
    "ZIP_CODE": [("ZIP: 48750", "48750"), ("Mill Village NS B0J 2H0", "B0J 2H0")],
    "URL": [("my website is http://www.OpticalFirm.com.cy/", "http://www.OpticalFirm.com.cy/")],
    "STREET_ADDRESS": [
        (
            "Ship to 742 Evergreen Terrace, Springfield, IL 62704",
            "742 Evergreen Terrace, Springfield, IL 62704",
        ),
        ("P.O. Box 149", "P.O. Box 149"),
        ("in der Hauptstraße 5 in Berlin", "Hauptstraße 5"),
        ("2437 Main St Suite 442", "2437 Main St Suite 442"),
    ],
    "PERSON": [
        ("ask Mrs. Harris about it", "Harris"),
        ("my name is lena andersson.", "lena andersson"),
        ("My name is Vanessa P. Hertzog but", "Vanessa P. Hertzog"),
        ("under my partner's name Nicodemus Azarov", "Nicodemus Azarov"),
    ],
}  # fmt: skip
HARMLESS = (
    "order 12345678 of 2026-08-03", "phone order 12345678", "Order number: 4539148803436467", "A-1002",
    "call_813d31253d", "4bf92f3577b34da6a3ce929d0e0e4736", "v1.2.3.4", "version 10.2.3.44",
    "Chrome/12.0.1.20", "127.0.0.1:8765", "978-3-16-148410-0", "9780306406157", "1764000000000",
    "1764000000000000000", "0.8712349812", "43.653225, -79.383184", "$1,299.00 of 1.299.000", "12:30:45",
    "std::vector and feed::add", "lodash@4.17.21, image@sha256", "git@github.com:acme/app.git",
    "@mention and #4111", "iPhone 12 (2020-2021)", "sku AB123456C-9", "INV-2026-600709 by phone",
    "4-6 7-6(3) 6-3", "79 Easy Way of doing it", "50 Ways to leave", "2024-05-15T15:00:00Z",
    "the name is not important", "his name is on the list", "Mr. Speaker", "Dr Pepper",
    "my name is spelled wrong", "You must be at least 18 years old", "before the age of 18",
    "https://docs.example.com/api/123", "call 1-800-273-8255", "The phone costs 306,410 won",
    "66 bytes of 10000000 bytes", "Luhn fails for 4111 1111 1111 1112", "ご注文番号 528345690618",
    "DE89370400440532013001", "Resistance is futile", "00:00:00:00:00:00",
)  # fmt: skip
WORDS = st.lists(
    st.sampled_from(["the", "order", "phone", "card", "Straße", "né", "born", "my name is", "Mr.", "zip",
                     "\n",
                     "call", "id", "12", "2026-08-03", "0.5", "<PERSON_0a1b2c3d>", "\\n", "\\u00e9", "\"",
                     "電話",
                     "born 7/14/1995", "Main St", "x@", "::", "1.2.3", "%", "I'm", "age of", "9", "AB",
                     "\x00"]),
    max_size=8,
).map(" ".join)  # fmt: skip
VALUES = st.sampled_from([text for values in HOLDING.values() for text, _ in values])


@st.composite
def cards(draw: st.DrawFn) -> str:
    """Draw a number of sixteen digits with the right check digit."""
    body = "4" + draw(st.text("0123456789", min_size=14, max_size=14))
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


def mixed() -> st.SearchStrategy[str]:
    """Return texts with and without values, in any order, with any signs between."""
    part = st.one_of(WORDS, VALUES, cards(), st.text(max_size=12))
    return st.lists(part, max_size=6).flatmap(
        lambda parts: st.sampled_from([" ", ", ", "\n", "; ", "\u00a0", ""]).map(
            lambda sign: sign.join(parts)
        )
    )
