"""The verifier of webhook signatures against every published vector, the carrier's own validator, and known traps."""

import hashlib
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from hotline.signature import Verdict, Verifier

TOKEN = "12345"
BASE = "https://mycompany.com"
REST = "/myapp.php?foo=1&bar=2"
PARAMS = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
CONFERENCE = {**PARAMS, "Reason": "Participant", "ReasonConferenceEnded": "test"}
JSON = b'{"property": "value", "boolean": true}'
JSON_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
EMPTY_HASH = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
JSON_TYPE = {"Content-Type": "application/json"}


def form_body(params: Any) -> bytes:
    return urlencode(params, doseq=True).encode()


def check(
    base: str,
    rest: str,
    body: bytes,
    signature: str | None,
    headers: dict[str, str] | None = None,
    tokens: tuple[str, ...] = (TOKEN,),
    account: str | None = None,
) -> Verdict:
    sent = dict(FORM if headers is None else headers)
    if signature is not None:
        sent["X-Twilio-Signature"] = signature
    path, _, query = rest.partition("?")
    return Verifier(base, account, tokens).verify(path, query, sent, body)


# (base URL, path and query, form, signature): published in the tests of the carrier's libraries.
VECTORS: dict[str, tuple[str, str, Any, str]] = {
    "plain": (BASE, REST, PARAMS, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    "https port stripped": (BASE + ":1234", REST, PARAMS, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    "http with port": ("http://mycompany.com:1234", REST, PARAMS, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    "https port 443 added": (BASE, REST, PARAMS, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    "http port 80 added": ("http://mycompany.com", REST, PARAMS, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    "prefix sort": (BASE, REST, CONFERENCE, "vOEb5UThFn24KEfnOFLQY2AE5FY="),
    "prefix sort http": ("http://mycompany.com:1234", REST, CONFERENCE, "n2xBNyzSW7rfYStDtOFiFMv7qNo="),
    "repeated values": (
        BASE,
        REST,
        {"Sid": "CA123", "SidAccount": "AC123", "Digits": ["5678", "1234", "1234"]},
        "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
    ),
    "array": (
        BASE,
        REST,
        {"MessagingBinding.Address": ["+1325xxxxxxx", "+1415xxxxxxx"]},
        "83O6e2vORAoJHUNzJjDWN1jz+BA=",
    ),
    "array in another order": (
        BASE,
        REST,
        {"MessagingBinding.Address": ["+1415xxxxxxx", "+1325xxxxxxx"]},
        "83O6e2vORAoJHUNzJjDWN1jz+BA=",
    ),
    "credentials": ("https://user:pass@mycompany.com", REST, PARAMS, "CukzLTc1tT5dXEDIHm/tKBanW10="),
    "credentials with port": ("https://user:pass@mycompany.com", REST, PARAMS, "ZQFR1PTIZXF2MXB8ZnKCvnnA+rI="),
    "user name": ("https://user@mycompany.com", REST, PARAMS, "2YRLlVAflCqxaNicjMpJcSTgzSs="),
    "user name with port": ("https://user@mycompany.com", REST, PARAMS, "aZfj4hyX1MLZhSS6QIL18Vn2/RA="),
    "no fields": (BASE, REST, {}, "zYQTYrRWXE7LtzbG4PfP7/bkkGo="),
    "no query": (BASE, "/myapp.php", PARAMS, "1xaxFBvyzXYvWplzNOSs28HWO94="),
    "further query": (
        BASE,
        REST + "&type=thiswontbeusedinthesignaturegeneratorandsoshouldbeignored",
        PARAMS,
        "hYkNsTBttoNGkyCS0p+wWmQoRTg=",
    ),
    "encoded query": (BASE, "/myapp.php?foo=hello%20world&bar=test%2Bvalue", PARAMS, "er2tvAP1Wx+iuTTE2BPgvEaN1cs="),
    "special characters": (
        BASE,
        REST,
        {"Message": "Hello & goodbye! @#$%^*()", "From": "+1 (415) 867-5309", "Special": "unicode: ñáéíóú"},
        "dCPiR4WtQ6QFN6pJh81CtlCcWLQ=",
    ),
    "empty values": (
        BASE,
        REST,
        {"Digits": "", "CallSid": "CA1234567890ABCDE", "EmptyParam": ""},
        "9HHp/OqQMEwdrVebHDdA/+tqjX8=",
    ),
    "sorted names": (
        BASE,
        REST,
        {"Zebra": "last", "Alpha": "first", "Beta": "second", "Gamma": "third"},
        "enveUe73ZTVLAekHxez3Qx6JuuQ=",
    ),
    "case of names": (
        BASE,
        REST,
        {"callSid": "lowercase", "CallSid": "uppercase", "CALLSID": "allcaps"},
        "jDK7WKT8wiNrwggd4ceTv4e1MJ4=",
    ),
    "letters beyond ASCII": (BASE, "/webhook/España?año=2023", PARAMS, "G/Hx6mqqnjUNlPAoi2Sp9bGst0g="),
    "double slash": (BASE + ":443", "/" + REST, PARAMS, "A9lH3u16NjyiiM/+wylw5rirFUs="),
    "apostrophe as it came": (BASE, REST + "&Body=It's+amazing", PARAMS, "dsq4Ehbj6cs+KdTkpF5sSSplOWw="),
    # The Python library refuses this one; Node's accepts it.
    "apostrophe re-encoded": (BASE, REST + "&Body=It's+amazing", PARAMS, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
}

BODY_VECTORS = {
    "json": (REST + "&bodySHA256=" + JSON_HASH, JSON, "a9nBmqA0ju/hNViExpshrM61xv4="),
    "json and nothing else": ("/myapp.php?bodySHA256=" + JSON_HASH, JSON, "y77kIzt2vzLz71DgmJGsen2scGs="),
    "empty object": (REST + "&bodySHA256=" + EMPTY_HASH, b"{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc="),
}


@pytest.mark.parametrize("name", VECTORS)
def test_published_form_vectors(name: str) -> None:
    base, rest, params, signature = VECTORS[name]
    assert check(base, rest, form_body(params), signature) == Verdict(
        ok=True,
        reason="ok",
        form={key: value if isinstance(value, list) else [value] for key, value in params.items()},
        secret_index=0,
    )


@pytest.mark.parametrize("name", BODY_VECTORS)
def test_published_body_vectors(name: str) -> None:
    rest, body, signature = BODY_VECTORS[name]
    assert check(BASE, rest, body, signature, JSON_TYPE).ok
    assert check(BASE, rest, body + b" ", signature, JSON_TYPE).reason == "wrong_body_hash"


def test_the_hash_is_taken_of_the_raw_body_whatever_its_type_says() -> None:
    rest, _, signature = BODY_VECTORS["json"]
    for headers in (FORM, JSON_TYPE, {}):
        assert check(BASE, rest, b"property=changed", signature, headers).reason == "wrong_body_hash"
    assert check(BASE, rest, b"", signature, FORM).reason == "wrong_body_hash"


def test_fields_in_wrong_order_do_not_verify() -> None:
    assert check(BASE, REST, form_body(CONFERENCE), "95+Bu0JVPi0r/SsESZCVf0dWAjw=").reason == "wrong_signature"


@pytest.mark.parametrize(
    ("rest", "headers", "body", "signature", "reason"),
    [
        (REST, FORM, form_body(PARAMS), None, "no_signature"),
        (REST, FORM, form_body(PARAMS), "", "no_signature"),
        (REST, FORM, form_body(PARAMS), "RSOYDt4T1cUTdK1PDd93/VVr8B8", "wrong_signature"),
        (REST, FORM, form_body(PARAMS), "imza\udcff", "wrong_signature"),
        (REST, JSON_TYPE, JSON, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "unsigned_body"),
        (REST, {}, b"plain text", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "unsigned_body"),
        (REST, FORM, b"&".join([b"a=1"] * 1001), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "too_many_fields"),
        (REST, FORM, b"Body=%ED%A0%80%FF%zz", "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "wrong_signature"),
        (REST + f"&bodySHA256={JSON_HASH}&bodySHA256=x", JSON_TYPE, JSON, "x", "wrong_body_hash"),
    ],
)
def test_whatever_is_odd_is_refused_with_a_neutral_reason(
    rest: str, headers: dict[str, str], body: bytes, signature: str | None, reason: str
) -> None:
    verdict = check(BASE, rest, body, signature, headers)
    assert (verdict.ok, verdict.reason, verdict.form) == (False, reason, {})


def test_a_header_that_is_no_text_is_refused_and_does_not_raise() -> None:
    headers: Any = {"X-Twilio-Signature": b"bytes", **FORM}
    assert Verifier(BASE, None, (TOKEN,)).verify("/x", "", headers, b"a=1").reason == "unverifiable"


def test_host_headers_have_no_say() -> None:
    headers = {**FORM, "Host": "evil.example:99999", "X-Forwarded-Host": "evil.example", "X-Forwarded-Path": "/other"}
    assert check(BASE, REST, form_body(PARAMS), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", headers).ok
    assert not check(BASE, "/other", form_body(PARAMS), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", headers).ok


def test_header_names_are_found_in_any_case() -> None:
    headers = {"x-twilio-signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "content-type": FORM["Content-Type"]}
    assert Verifier(BASE, None, (TOKEN,)).verify("/myapp.php", "foo=1&bar=2", headers, form_body(PARAMS)).ok


def test_every_token_is_tried_and_the_one_that_matched_is_named() -> None:
    verdict = check(BASE, REST, form_body(PARAMS), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", tokens=("newer", TOKEN))
    assert (verdict.ok, verdict.secret_index) == (True, 1)
    assert not check(BASE, REST, form_body(PARAMS), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", tokens=("newer",)).ok


def test_an_ipv6_host_keeps_its_address_when_the_port_goes() -> None:
    signature = RequestValidator(TOKEN).compute_signature("http://[2001:db8::1]/x", PARAMS)
    assert check("http://[2001:db8::1]:8080", "/x", form_body(PARAMS), signature).ok


def test_the_account_must_be_ours_and_stand_once() -> None:
    ours, other = "AC" + "0" * 32, "AC" + "1" * 32

    def verdict(params: Any) -> str:
        signature = RequestValidator(TOKEN).compute_signature(BASE + "/x", MultiDict(params))
        return check(BASE, "/x", form_body(params), signature, account=ours).reason

    assert verdict({"AccountSid": ours}) == "ok"
    assert verdict({"AccountSid": other}) == "wrong_account"
    assert verdict({"AccountSid": [ours, other]}) == "wrong_account"
    assert verdict({"CallSid": "CA1"}) == "wrong_account"


def test_a_value_that_is_no_utf8_verifies_and_reads_as_replacement() -> None:
    body = b"Body=%FF%C5%9F"
    message = b"https://mycompany.com/xBody\xff" + "ş".encode()
    verdict = check(BASE, "/x", body, _sha1(message))
    assert (verdict.ok, verdict.form) == (True, {"Body": ["\ufffdş"]})


def test_sha256_is_used_when_the_settings_header_says_so() -> None:
    signature = RequestValidator(TOKEN).compute_signature(BASE + REST, PARAMS, "HMAC_SHA256")
    named = {**FORM, "X-Twilio-Webhooks-Signature-Settings": "key=webhooks_sharedkey_1, algorithm=HMAC_SHA256"}
    assert check(BASE, REST, form_body(PARAMS), signature, named).ok
    assert not check(BASE, REST, form_body(PARAMS), signature).ok
    unknown = {**FORM, "X-Twilio-Webhooks-Signature-Settings": "algorithm=HMAC_MD5"}
    assert check(BASE, REST, form_body(PARAMS), signature, unknown).reason == "unknown_algorithm"


@pytest.mark.parametrize(
    ("url", "account", "tokens"),
    [
        ("mycompany.com", None, (TOKEN,)),
        ("ftp://mycompany.com", None, (TOKEN,)),
        ("https://mycompany.com/?x=1", None, (TOKEN,)),
        ("https://mycompany.com/behind", None, (TOKEN,)),
        (BASE, "", (TOKEN,)),
        (BASE, None, ()),
        (BASE, None, (TOKEN, "")),
    ],
)
def test_a_configuration_that_would_fail_open_is_an_error(url: str, account: str | None, tokens: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Verifier(url, account, tokens)


def test_neither_form_nor_secrets_are_shown() -> None:
    verdict = check(BASE, REST, form_body(PARAMS), "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert "5309" not in repr(verdict)
    assert TOKEN not in repr(Verifier(BASE, None, (TOKEN,)))


def _sha1(message: bytes) -> str:
    import base64
    import hmac

    return base64.b64encode(hmac.digest(TOKEN.encode(), message, hashlib.sha1)).decode()


def _multi(form: dict[str, list[str]]) -> MultiDict[str, str]:
    return MultiDict([(name, value) for name, values in form.items() for value in values])


_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_forms = st.dictionaries(_text.filter(bool), st.lists(_text, min_size=1, max_size=3), max_size=6)
_bases = st.builds(
    lambda scheme, host, port: f"{scheme}://{host}{port}",
    st.sampled_from(["http", "https"]),
    st.sampled_from(["koza.example", "a.b.example"]),
    st.sampled_from(["", ":80", ":443", ":8443"]),
)
_queries = st.text("abcXYZ0189=&%+-_.~'!*()", max_size=20)


@given(
    _bases,
    st.text("abcXYZ019/-_.%", max_size=12),
    _queries,
    _forms,
    st.sampled_from([None, "HMAC_SHA1", "HMAC_SHA256"]),
    st.sampled_from(["right", "port added", "port removed", "other token", "changed field", "changed path"]),
)
def test_agrees_with_the_carriers_own_validator(
    base: str, path: str, query: str, form: dict[str, list[str]], algorithm: str | None, how: str
) -> None:
    rest = "/" + path.replace("//", "/") + (f"?{query}" if query else "")
    oracle = RequestValidator("another" if how == "other token" else TOKEN)
    parts = urlsplit(base)
    signed_base = base
    if how == "port added" and parts.port is None:
        signed_base = f"{base}:{443 if parts.scheme == 'https' else 80}"
    if how == "port removed":
        signed_base = f"{parts.scheme}://{parts.hostname}"
    signed_form = {**form, "Extra": ["1"]} if how == "changed field" else form
    signed_rest = "/elsewhere" + rest if how == "changed path" else rest
    signature = oracle.compute_signature(signed_base + signed_rest, _multi(signed_form), algorithm)

    headers = dict(FORM)
    if algorithm:
        headers["X-Twilio-Webhooks-Signature-Settings"] = f"algorithm={algorithm}"
    verdict = check(base, rest, form_body(form), signature, headers)
    expected = RequestValidator(TOKEN).validate(base + rest, _multi(form), signature, algorithm)
    assert verdict.ok is expected
    assert verdict.form == (form if expected else {})


@given(st.binary(max_size=200), st.text(max_size=20), st.text(max_size=20), st.text(max_size=40))
def test_never_raises_and_never_accepts_what_was_not_signed(body: bytes, path: str, query: str, signature: str) -> None:
    headers = {**FORM, "X-Twilio-Signature": signature}
    assert not Verifier(BASE, None, (TOKEN,)).verify(path, query, headers, body).ok
