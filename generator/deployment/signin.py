"""Signs a workflow in: GitHub's OIDC token for the credentials of a role, renewed for as long as a command works.

Inside a job with `id-token: write` nothing but the role's name is needed. Access keys in the environment come first;
outside of GitHub Actions the AWS SDK looks for credentials as always.
"""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.credentials import AssumeRoleWithWebIdentityCredentialFetcher, CredentialProvider
from botocore.credentials import DeferredRefreshableCredentials as Renewed

from generator.deployment.partitions import partition
from generator.github import id_token
from generator.inputs.settings import Settings

if TYPE_CHECKING:
    import boto3

# What a workflow may take, and for what: `spot-runner bootstrap` makes these roles.
PLAN, DEPLOY, OPERATE = "plan", "deploy", "operate"
AUDIENCE = "sts.amazonaws.com"
METHOD = "github-oidc"


def session(region: str, arn: str, environ: Mapping[str, str] = os.environ) -> "boto3.Session":
    """Return a session of the AWS SDK that takes a role by GitHub's token where there is one; no role takes none."""
    import boto3  # noqa: PLC0415 - slow to import, and only commands that reach AWS need it

    core = botocore.session.get_session()
    if not arn:
        return boto3.Session(botocore_session=core, region_name=region)
    fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
        client_creator=_regional(core.create_client, region),
        web_identity_token_loader=lambda: id_token.requested(environ, AUDIENCE),
        role_arn=arn,
        extra_args={"RoleSessionName": session_name(environ)},
    )
    # As sure of itself as access keys, and ahead of what a self-hosted machine may have of its own.
    core.get_component("credential_provider").insert_after("env", _Provider(fetcher, environ))
    return boto3.Session(botocore_session=core, region_name=region)


def role_arn(settings: Settings, role: str) -> str:
    """Return the ARN of one of a deployment's roles in the account of its environment."""
    return f"arn:{partition(settings.region)}:iam::{settings.account}:role/{settings.name}-{role}"


def session_name(environ: Mapping[str, str]) -> str:
    """Return what CloudTrail shows of who it was: the run and its attempt."""
    return f"spot-runner-{environ.get('GITHUB_RUN_ID', '0')}-{environ.get('GITHUB_RUN_ATTEMPT', '1')}"


class _Provider(CredentialProvider):
    """Credentials of one role, for jobs that can have a token of GitHub."""

    METHOD = METHOD

    def __init__(self, fetcher: AssumeRoleWithWebIdentityCredentialFetcher, environ: Mapping[str, str]) -> None:
        super().__init__()
        self._fetcher, self._environ = fetcher, environ

    def load(self) -> Renewed | None:
        """Return credentials that are fetched when they are first needed, or None outside of such a job."""
        if not id_token.available(self._environ):
            return None
        return Renewed(refresh_using=self._fetcher.fetch_credentials, method=METHOD)


def _regional(create: Callable[..., Any], region: str) -> Callable[..., Any]:
    """Make STS's client in the Region that is worked in."""
    return lambda service, **rest: create(service, region_name=region, **rest)
