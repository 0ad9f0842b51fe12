import hashlib
import hmac

import pytest

from lambdas.core.deliveries import Delivery, digest, is_signed, of_request
from lambdas.core.errors import UnsignedError
from tests.lambdas.deliveries import a_request

BODY = b"{}"


def claimed(secret: bytes) -> str:
    return hmac.new(secret, BODY, hashlib.sha256).hexdigest()


def test_a_secret_that_is_empty_signs_nothing() -> None:
    assert is_signed(BODY, claimed(b"right"), (b"", b"right"))
    assert not is_signed(BODY, claimed(b""), (b"",))
    assert not is_signed(BODY, claimed(b""), ())


def test_this_is_the_signature_of_github_s_own_example() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries#testing-the-webhook-payload-validation."""
    expected = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed(b"Hello, World!", expected, (b"It's a Secret to Everybody",))


def test_a_header_sent_twice_is_malformed() -> None:
    twice = Delivery(body=BODY, signature=f"sha256={claimed(b'a')},sha256={claimed(b'a')}")
    with pytest.raises(UnsignedError, match="malformed"):
        digest(twice)


def test_a_request_is_taken_apart() -> None:
    found = of_request(a_request(BODY, event="ping"))
    assert (found.body, found.event, found.app_id) == (BODY, "ping", "1")
    assert found.delivery_id == "72d3162e-cc78-11e3-81ab-4c9367dc0958"
    assert of_request({"rawPath": "/webhook"}) == Delivery(body=b"")
