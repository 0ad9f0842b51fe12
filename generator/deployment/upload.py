"""Puts bundles and large templates into the artifact bucket, each under the hash of its content, each only once."""

import hashlib
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from generator.deployment import aws_errors
from generator.deployment.progress import Uploaded
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.errors import SpotRunnerError

INLINE_BYTES = 51_200
Bundles = Mapping[str, Callable[[], bytes]]
MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


def present(site: Site, key: str) -> bool:
    """Tell whether the artifact bucket holds a key; keys carry the hash of their content."""
    try:
        site.aws.s3.head_object(Bucket=site.bucket, Key=key)
    except ClientError as error:
        if aws_errors.code(error) in MISSING:
            return False
        raise
    return True


def put(site: Site, key: str, make: Callable[[], bytes]) -> None:
    """Store what `make` returns under a key, unless it is there already; then it is not even made."""
    if present(site, key):
        site.listener(Uploaded(key=key, size_bytes=0, sent=False))
        return
    content = make()
    site.aws.s3.put_object(Bucket=site.bucket, Key=key, Body=content)
    site.listener(Uploaded(key=key, size_bytes=len(content), sent=True))


def bundles(site: Site, makers: Bundles) -> None:
    """Store every bundle that the bucket lacks."""
    for key, make in sorted(makers.items()):
        put(site, key, make)


def template_url(site: Site, wanted: Wanted) -> str:
    """Return where CloudFormation finds a template that is too large to be sent along, else an empty string.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html (51,200 bytes inline)
    """
    content = wanted.inline.encode()
    if len(content) <= INLINE_BYTES:
        return ""
    if not site.bucket:
        raise SpotRunnerError(
            f"the template of {wanted.name} has {len(content)} bytes, over {INLINE_BYTES}, and there is no bucket yet"
        )
    key = f"templates/{wanted.name}-{hashlib.sha256(content).hexdigest()}.json"
    put(site, key, lambda: content)
    return str(
        site.aws.s3.generate_presigned_url("get_object", Params={"Bucket": site.bucket, "Key": key}).split("?")[0]
    )
