"""Tokens of an OIDC provider for a role's credentials, as the role's trust policy says; no signature is checked.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
"""

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

import jwt
from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse
from moto.utilities.utils import get_partition

from embedded.aws.errors import ServiceError
from embedded.aws.iam.conditions import listed, satisfied
from embedded.aws.iam.patterns import ClosedContext
from embedded.aws.patches import Patches

ACTION = "sts:AssumeRoleWithWebIdentity"
# What GitHub's tokens can say, though not each says it: https://docs.github.com/en/actions/reference/security/oidc
CLAIMS = """actor actor_id aud base_ref check_run_id enterprise enterprise_id environment environment_node_id event_name
    head_ref job_workflow_ref job_workflow_sha ref ref_protected ref_type repository repository_id repository_owner
    repository_owner_id repository_visibility run_attempt run_id run_number runner_environment sha sub
    workflow workflow_ref workflow_sha"""


def install(patches: Patches) -> None:
    """Judge every token by the provider and the role that it is meant for."""
    assume = TokenResponse.assume_role_with_web_identity

    def judged(response: Any) -> Any:
        iam = iam_backends[response.current_account][get_partition(response.region)]
        _judge(iam, response._get_param("RoleArn"), _claims(response._get_param("WebIdentityToken")))
        return assume(response)

    patches.replace(TokenResponse, "assume_role_with_web_identity", judged)


def _claims(token: str) -> Mapping[str, Any]:
    try:
        claims: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
    except jwt.InvalidTokenError as error:
        raise ServiceError("InvalidIdentityToken", f"The ID Token provided is not a valid JWT: {error}") from error
    if float(claims.get("exp", 0)) < utcnow().replace(tzinfo=UTC).timestamp():
        raise ServiceError("ExpiredTokenException", "Token expired: current date/time must be before the expiration")
    return claims


def _judge(iam: Any, role_arn: str, claims: Mapping[str, Any]) -> None:
    issuer = str(claims.get("iss", "")).removeprefix("https://")
    providers = {one.url.removeprefix("https://"): one for one in iam.open_id_providers.values()}
    if issuer not in providers:
        raise ServiceError("InvalidIdentityToken", f"No OpenIDConnect provider found in your account for {issuer}")
    if claims.get("aud") not in providers[issuer].client_id_list:
        raise ServiceError("InvalidIdentityToken", "Incorrect token audience")
    values = {f"{issuer}:{name}".lower(): (str(value),) for name, value in claims.items()}
    optional = frozenset(f"{issuer}:{claim}".lower() for claim in CLAIMS.split())
    asked = ClosedContext(values=values, optional=optional, resource_tags=dict[str, str])
    roles = [one for one in iam.roles.values() if one.arn == role_arn]
    statements = [one for role in roles for one in _statements(role) if _is_for(one, providers[issuer].arn)]
    effects = {one["Effect"] for one in statements if satisfied(one.get("Condition", {}), asked)}
    if effects != {"Allow"}:
        raise ServiceError("AccessDenied", f"Not authorized to perform {ACTION}")


def _statements(role: Any) -> list[Mapping[str, Any]]:
    policy = role.assume_role_policy_document
    return listed((json.loads(policy) if isinstance(policy, str) else policy)["Statement"])


def _is_for(statement: Mapping[str, Any], provider_arn: str) -> bool:
    federated = statement.get("Principal", {}).get("Federated", [])
    return ACTION in listed(statement["Action"]) and provider_arn in listed(federated)
