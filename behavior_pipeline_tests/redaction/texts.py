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
HARMLESS_TECHNICAL = tuple(
    r"""
if password == confirm_password: return True
password = form.cleaned_data["password1"]
user.set_password(request.POST['new_password'])
token = jwt.encode({"sub": user.id}, SECRET_KEY, algorithm="HS256")
const token = req.headers.authorization?.split(' ')[1];
Authorization: Bearer <token>
Authorization: Bearer $TOKEN
Authorization: Bearer ${{ secrets.TOKEN }}
Authorization: Basic <base64(user:password)>
Use basic authentication, then bearer tokens.
Bearer token authentication with OAuth2 and JWT.
The Bearer scheme is described in RFC6750.
api_key = os.environ["OPENAI_API_KEY"]
api_key=os.environ.get("X_API_KEY_2")
apiKey: process.env.OPENAI_API_KEY,
api_key: str = Field(...)
api_key: Optional[str] = None
secret: ${{ secrets.GITHUB_TOKEN }}
secretKeyRef: {name: app-secrets-v2, key: password}
secret/data/app/v2
kubectl get secret my-app-tls-2024 -o yaml
secret "db-credentials-7f8a9" not found
secret: app-tls-7d9f8b6c5
token: {{ .Values.token }}
token_count: 12345678
"tokens": 4096, "token": "covid19"
tokens used: 123456
max_tokens=4096
The token limit is 128000 tokens.
token is 32 characters long
Your token was created on 2024-05-15T15:00:00Z
password was last changed 2024-01-02
password must contain 8-64 characters
Password is Base64-encoded with UTF-8
Password: min 8 chars, 1 digit
password: required|min:8|confirmed
password: Joi.string().min(8).required()
password: z.string().min(8)
'password' => 'required|string|min:8',
<input type="password" name="password" placeholder="Password123">
<input type="password" autocomplete="current-password">
{"password": {"type": "string", "minLength": 8}}
{"title":"Password","type":"string","format":"password"}
{"name":"password","in":"query","required":true}
{"type":"password","value":""}
{"type":"text","text":"password reset in 2 steps"}
{"key":"status","value":"shipped"}
{"name":"API key","value":"not configured"}
password = "password"
assert login("user", "password") is False
ALTER TABLE users ADD COLUMN password_hash VARCHAR(255);
SELECT * FROM users WHERE password = $1 AND token = ?
password = %s
password = :password
hash = bcrypt.hashpw(password.encode(), bcrypt.gensalt())
passwd: unrecognized option '--foo2'
--password-file=/run/secrets/db1
--token-budget 4096
--auth-mode oauth2
--key-name mykey2024
ssh-keygen -t ed25519 -C "ops@acme"
git commit 3f2a9c1d4e5b6a7f8091a2b3c4d5e6f708192a3b
ETag: "33a64df551425fcc55e4d42a148795d9f25f89d4"
x-request-id: 4bf92f3577b34da6a3ce929d0e0e4736
session_id=4bf92f3577b34da6a3ce929d0e0e4736
cache key: user:1234:profile:v2
primary key: (id, created_at)
foreign_key = orders.customer_id2
public_key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
key: 7d9f8b6c5a4e3d2c1b0a
idempotency-key: 8e03978e-40d5-43e8-bc93-6894a57f9324
sort_key=9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d
next_page_token=CAUQAA2sdf98sdf7sdf98s7df
"nextPageToken": "CiAKGjBpNDd2Nmp2Zml2cXRwYjBpOXA"
"continuation_token": "eyJhIjoxMjM0NTY3ODkwfQ"
"pageToken":"abc123def456ghi789jkl"
csrf_token=abc123def456ghi789jkl
sk-learn-0.24.1-cp39-manylinux
risk-assessment-2024-q3-final-version
task-sk-12345678901234567890
https://example.com/?key=value&token=
https://user@example.com/path
http://localhost:8080/@scope/package
http://host:3000/a@b
git@github.com:acme/app.git
docker run -u 1000:1000 app
chown -R www-data:www-data /var
curl -u user:password https://example.com
curl -u $USER:$PASS https://example.com
postgres://localhost:5432/db
postgresql://user:password@host:5432/database
redis://localhost:6379/0
pip install token-bucket==0.3.0
eyJ is how base64 JSON begins
eyJmb28iOiJiYXIifQ==
data:application/json;base64,eyJmb28iOiJiYXIiLCJiYXoiOjEyMzQ1Njc4OTB9
AKIA is the prefix of AWS access keys
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
-----BEGIN CERTIFICATE-----
Wi-Fi password is on the back of the router
the secret is to use fresh basil
The secret to success is hard work24
Secret Santa 2024
author: Jane2024
auth: enabled
auth: {type: oauth2, version: 2}
auth=basic
credentials: omit
credentials: 'same-origin'
pass: 12 fail: 3
pass: 100%
pass@1: 0.7312
Tests passed: 120
bypass=true2
compass: N34W
passenger: 12A34
pwd: /home/user/project2
pwd
$ pwd
cookie: accepted
Set-Cookie: theme=dark; lang=en
Cookie policy: version 2024-05
access key: press Alt+Shift+A1
license key: see page 12
private key: stored in HSM2
account key: none
senha: incorreta
Passwort: erforderlich
"passwort": "Passwort vergessen?"
mot de passe : oublié
contraseña: obligatoria
Passwords: 3 of 10 compromised
password_reset_token_expiry: 3600s
password policy: strong2
Password strength: 4/5
password: ********
password: [hidden]
password: <redacted>
password=xxxxx
api key: sk-...abcd
api_key: sk-proj-****
The key sk-abc...xyz is invalid
token=<YOUR_TOKEN>
token=abc
token: null
token: true
token: 0x7f3a
bot_token: Bearer
accessToken: string;
refresh_token?: string
getToken(): Promise<string>
this.token = token;
self._token: str = token
export const TOKEN_KEY = 'auth.token.v2';
localStorage.getItem('access_token_v2')
localStorage.setItem("token", data.token2)
headers["Authorization"] = f"Bearer {token}"
headers: { Authorization: `Bearer ${token}` }
req.setRequestHeader("Authorization", "Bearer " + token1);
print("token", token2)
logger.info("password", extra={"user": "bob1"})
t("password.too_short8")
i18n: {"password": "Passwort", "token": "Token", "secret": "Geheimnis"}
{"password":"Contraseña","username":"Usuario"}
{"password":"비밀번호","confirm":"비밀번호 확인"}
{"password":"missing"}
{"password":"incorrect"}
{"password":"unchanged"}
{"password":"plaintext"}
{"password":"argon2id"}
{"password":"sha512crypt"}
{"auth":"oauth2","token":"bearer"}
{"token":"ĠHello","id":15496}
{"token":"▁the","prob":0.9}
{"secret":"projects/p1/secrets/db2/versions/3"}
{"secret":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-a1b2c3"}
{"api_key":"your-api-key-123"}
{"api_key":"sk-1234"}
{"api_key_id":"a1b2c3d4e5f6a7b8"}
{"access_key_id":"key_01HXYZ"}
{"credentials":[{"id":"cred_9f8e7d6c5b4a39281706"}]}
{"credential_id":"9f8e7d6c5b4a39281706"}
{"license_key_count":12}
{"authorization_url":"https://auth.example.com/oauth2/authorize?client_id=abc123"}
{"authorization":{"required":true}}
{"grant_type":"client_credentials","client_id":"a1b2c3d4e5f6a7b8c9d0"}
The password for the demo account is in 1Password.
Her secret agent number is 007.
My card's PIN pad says ok
Enter the API key: it is a 32-byte hex2 string.
API key rotation happens every 90d.
API keys: 3 active
The session token expires in 3600s.
Token: 1.2.3-rc1
Key: B-minor7
auth0|5f7c8ec7c33c6c004bbafe82
user_2abcDEFghiJKLmnoPQRstuVWX
org-AbCdEfGhIjKlMnOpQrStUvWx
proj_abc123DEF456ghi789
ft:gpt-4o-mini-2024-07-18:acme::9AbCdEfG
file-abc123DEF456ghi789JKL012
batch_6789abcdef0123456789abcdef012345
vs_abc123def456
evt_1NG8Du2eZvKYlo2CUI79vXWy
ch_3MmlLrLkdIwHu7ix0snN0B15
price_1MoBy5LkdIwHu7ixZhnattbh
acct_1032D82eZvKYlo2C
pk_live_51H8example1234567890abcdef
""".strip().split("\n")
)
WORDS = st.lists(
    st.sampled_from(["the", "order", "phone", "card", "Straße", "né", "born", "my name is", "Mr.", "zip",
                     "\n",
                     "call", "id", "12", "2026-08-03", "0.5", "<PERSON_0a1b2c3d>", "\\n", "\\u00e9", "\"",
                     "電話",
                     "born 7/14/1995", "Main St", "x@", "::", "1.2.3", "%", "I'm", "age of", "9", "AB",
                     "password: ", "api_key=", "Bearer ", "x://a:",
                     "\x00"]),
    max_size=8,
).map(" ".join)  # fmt: skip
# Secrets, beside other words; they are put together here, so that this file holds none.
TAIL = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7"
SECRETS = (
    f"sk-{TAIL}", f"ghp_{TAIL}x9", f"AKIA{'QX7RZ2KLMNP4STUV'}", f"eyJ{TAIL}.eyJ{TAIL}.{TAIL}",
    f"Bearer {TAIL}",
    f"password: {TAIL[:9]}!", f"DB_PASSWORD={TAIL[:9]}", f"the password is {TAIL[:9]}", f"api_key={TAIL}",
    f"x://a:{TAIL}@b/c", f"-----BEGIN PRIVATE KEY-----\n{TAIL}\n{TAIL}\n-----END PRIVATE KEY-----",
    f'"secret": "{TAIL}"', f"curl -u a:{TAIL} x", f"Cookie: a={TAIL}",
)  # fmt: skip
VALUES = st.sampled_from([*(text for values in HOLDING.values() for text, _ in values), *SECRETS])


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
