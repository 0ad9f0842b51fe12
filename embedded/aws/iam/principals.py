"""Who asks: the role behind a request's access key, with all that limits it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition


@dataclass(frozen=True, kw_only=True)
class Principal:
    """An assumed role: its policies and its boundary are JSON documents; no boundary is None."""

    role: str
    session_arn: str
    policies: tuple[str, ...]
    boundary: str | None
    tags: Mapping[str, str]


def principal(access_key_id: str, account: str, region: str) -> Principal | None:
    """Return the role whose session has this key, or None: any other key is the administrator's."""
    partition = get_partition(region)
    session = sts_backends[account][partition].get_assumed_role_from_access_key(access_key_id)
    if session is None:
        return None
    iam = iam_backends[account][partition]
    role = iam.get_role_by_arn(session.role_arn)
    attached = [_document(iam, arn) for arn in role.managed_policies]
    inline = [one if isinstance(one, str) else json.dumps(one) for one in role.policies.values()]
    boundary = role.permissions_boundary_arn
    return Principal(
        role=role.name,
        session_arn=session.arn,
        policies=(*inline, *attached),
        boundary=_document(iam, boundary) if boundary else None,
        tags=pairs(role.tags),
    )


def _document(iam: Any, arn: str) -> str:
    return str(next(one.document for one in iam.managed_policies[arn].versions if one.is_default))


def pairs(tags: Any) -> dict[str, str]:
    """Return tags, however a service writes them, as a plain dictionary."""
    if isinstance(tags, Mapping):
        return {str(key): str(value.get("Value") if isinstance(value, dict) else value) for key, value in tags.items()}
    return {str(one.get("Key", one.get("key"))): str(one.get("Value", one.get("value"))) for one in tags or ()}
