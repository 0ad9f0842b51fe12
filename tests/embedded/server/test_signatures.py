"""What a signature leaves out is refused, as AWS does it: an old curl signs host and date alone."""

import urllib.error
import urllib.request
from collections.abc import Mapping

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from embedded.aws.server import EmbeddedAws

Request = tuple[str, str, str, Mapping[str, str], bytes]
TARGET = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
DYNAMODB = ("dynamodb", "POST", "/", TARGET, b"{}")
STS = ("sts", "POST", "/", {"X-Amz-Odd": "1"}, b"Action=GetCallerIdentity&Version=2011-06-15")
S3 = ("s3", "GET", "/bucket", {"X-Amz-Odd": "1"}, b"")


def asked(aws: EmbeddedAws, request: Request, *, sign_all: bool) -> tuple[int, str]:
    """Send a request that was signed by hand; headers of its own are signed only if wanted."""
    service, method, path, own, body = request
    signed = AWSRequest(method=method, url=aws.url + path, data=body, headers=dict(own) if sign_all else {})
    SigV4Auth(Credentials("key", "secret"), service, aws.region).add_auth(signed)
    headers = {**own, **dict(signed.headers.items())}
    sent = urllib.request.Request(aws.url + path, method=method, data=body or None, headers=headers)  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(sent) as answer:  # noqa: S310 - as above
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.parametrize(
    ("request_", "status", "code", "words"),
    [
        (DYNAMODB, 400, "InvalidSignatureException", "'x-amz-target' must be a 'SignedHeader'"),
        (STS, 403, "SignatureDoesNotMatch", "'x-amz-odd' must be a 'SignedHeader'"),
        (S3, 403, "AccessDenied", "There were headers present in the request which were not signed"),
    ],
    ids=["DynamoDB", "STS", "S3"],
)
def test_a_header_that_is_not_signed_is_refused(
    aws: EmbeddedAws, request_: Request, status: int, code: str, words: str
) -> None:
    answer, said = asked(aws, request_, sign_all=False)
    assert answer == status, said
    assert code in said
    assert words in said.replace("&#39;", "'").replace("&apos;", "'")
    refused = asked(aws, request_, sign_all=True)[1]
    assert "SignedHeader" not in refused
    assert "not signed" not in refused
