"""What a signature must cover; whether it is right is not checked, since any access key may come.

Every `x-amz-*` header of a request is to be signed: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import re
from collections.abc import Mapping

from embedded.aws.errors import ServiceError

AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 .*\bSignedHeaders=([^,\s]*)")
TAKEN_UNSIGNED = {"x-amz-content-sha256"}  # by S3, which compares it with the body


def fault(service: str, headers: Mapping[str, str]) -> tuple[ServiceError, int] | None:
    """Return the error, in the service's words, and its HTTP status for a signature that leaves a header out."""
    given = {name.lower(): value for name, value in dict(headers).items()}
    found = AUTHORIZATION.match(given.get("authorization", ""))
    signed = {*found[1].split(";"), *TAKEN_UNSIGNED} if found else given.keys()
    missing = sorted(name for name in given.keys() - signed if name.startswith("x-amz-"))
    if not missing:
        return None
    if service == "s3":
        return ServiceError("AccessDenied", "There were headers present in the request which were not signed"), 403
    message = f"'{missing[0]}' must be a 'SignedHeader' in the AWS Authorization."
    if "x-amz-target" in given:  # the services that speak JSON
        return ServiceError("InvalidSignatureException", message), 400
    return ServiceError("SignatureDoesNotMatch", message), 403
