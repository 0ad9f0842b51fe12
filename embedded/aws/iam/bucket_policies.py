"""Bucket policies with their conditions: moto reads who may do what, and forgets when."""

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from embedded.aws.iam.evaluation import Verdict, evaluate
from embedded.aws.iam.patterns import ClosedContext
from embedded.aws.patches import Patches

# Whoever can reach a server on the loopback interface is as good as on a connection with TLS.
REQUEST = ClosedContext(values={"aws:securetransport": ("true",)}, resource_tags=dict[str, str])
RESULTS = {
    Verdict.ALLOWED: PermissionResult.PERMITTED,
    Verdict.DENIED: PermissionResult.DENIED,
    Verdict.SILENT: PermissionResult.NEUTRAL,
}


def install(patches: Patches) -> None:
    """Judge bucket policies as all others are."""

    def permission(bucket: Any, action: str, resource: str) -> PermissionResult:
        documents = [bucket.policy.decode()] if bucket.policy else []
        return RESULTS[evaluate(documents, action, resource, REQUEST)]

    patches.replace(FakeBucket, "get_permission", permission)
