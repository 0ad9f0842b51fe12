"""IAM at work: every request with a role's credentials is judged before moto sees it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.s3.exceptions import S3AccessDeniedError
from moto.utilities.utils import get_partition

from embedded.aws.clients import Credentials, assume
from embedded.aws.iam import dynamodb, launches
from embedded.aws.iam.errors import DeniedError, UnsupportedError
from embedded.aws.iam.evaluation import Verdict, evaluate
from embedded.aws.iam.lookups import FILTERS, context, resource_tags
from embedded.aws.iam.patterns import Context
from embedded.aws.iam.principals import Principal, principal
from embedded.aws.iam.requests import Request, Row, table_rows
from embedded.aws.patches import Patches

logger = logging.getLogger(__name__)
JSON_ERROR, OTHER_ERROR = 400, 403  # HTTP status of a refusal, by protocol


@dataclass(frozen=True, kw_only=True)
class Decision:
    """One right that a role asked for, and whether it has it."""

    role: str
    action: str
    resource: str
    allowed: bool


class Enforcement:
    """Judges the requests of assumed roles; any other access key is the administrator's and may do everything."""

    def __init__(self) -> None:
        self._decisions: list[Decision] = []
        self._instances: dict[str, str] = {}  # access key → ARN of the instance that holds it

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Return everything that was decided, oldest first."""
        return tuple(self._decisions)

    def denials(self) -> tuple[Decision, ...]:
        """Return what was refused, or could not be judged."""
        return tuple(one for one in self._decisions if not one.allowed)

    def instance_credentials(self, role_arn: str, instance_arn: str) -> Credentials:
        """Return credentials of a role as an instance gets them from its metadata service."""
        region, instance = instance_arn.split(":")[3], instance_arn.rpartition("/")[2]
        credentials = assume(role_arn, instance, region)
        self._instances[credentials.access_key_id] = instance_arn
        return credentials

    def install(self, patches: Patches) -> None:
        """Patch moto's two entrances: that of all services, and S3's own."""
        call_action = BaseResponse.call_action

        def judged(response: Any) -> Any:
            try:
                self._judge(response, response._get_action())
            except ServiceException as error:
                _, headers, body = response.serialized(ActionResult(error))
                return JSON_ERROR if "x-amz-target" in response.headers else OTHER_ERROR, headers, body
            return call_action(response)

        def judged_s3(response: Any, bucket_name: str | None = None, key_name: str | None = None) -> None:
            operation = response._get_action_from_method_and_request_uri(response.normalized_request)
            try:
                self._judge(response, operation, {"Bucket": bucket_name, "Key": key_name})
            except DeniedError as error:
                raise S3AccessDeniedError from error

        patches.replace(BaseResponse, "call_action", judged)
        patches.replace(ActionAuthenticatorMixin, "_authenticate_and_authorize_s3_action", judged_s3)

    def _judge(self, response: Any, operation: str, params: Mapping[str, Any] | None = None) -> None:
        """Decide every right that a request needs, and record it; raise if one is missing."""
        key, account, region = response.get_access_key(), response.current_account, response.region
        who = principal(key, account, region)
        if who is None:
            return
        if params is None and not response.automated_parameter_parsing:
            response.parse_parameters(response.normalized_request)
        request = Request(
            service=response.boto3_service_name,
            operation=operation,
            params=response.params if params is None else params,
            account=account,
            region=region,
            partition=get_partition(region),
            method=response.method,
            path=response.parsed_url.path,
        )
        about = {**_about(who, request), **dict.fromkeys(SOURCE, self._instances.get(key))}
        try:
            for row in _rows(request):
                self._decide(who, request, row, about)
        except UnsupportedError as error:
            asked = f"{request.service}:{operation}"
            self._decisions.append(Decision(role=who.role, action=asked, resource=str(error.message), allowed=False))
            logger.error("%s (role %s)", error.message, who.role)  # noqa: TRY400 - the message says it all
            raise

    def _decide(self, who: Principal, request: Request, row: Row, about: Mapping[str, Any]) -> None:
        # aws:ARN is the resource's: so `aws:ARN` = `${ec2:SourceInstanceARN}` lets an instance end itself, no other.
        given = {**about, "aws:ARN": row.resource, **row.context}
        values = {key.lower(): _values(value) for key, value in given.items() if value is not None}
        asked = Context(values=values, resource_tags=lambda: resource_tags(request, row.resource))
        verdicts = {"an identity-based policy": evaluate(who.policies, row.action, row.resource, asked)}
        if who.boundary is not None:
            verdicts["a permissions boundary"] = evaluate((who.boundary,), row.action, row.resource, asked)
        refusals = [(judge, verdict) for judge, verdict in verdicts.items() if verdict is not Verdict.ALLOWED]
        self._decisions.append(Decision(role=who.role, action=row.action, resource=row.resource, allowed=not refusals))
        if refusals:  # in AWS's words, so that what searches for them finds them
            judge, verdict = min(refusals, key=lambda one: one[1] is not Verdict.DENIED)
            silent = f"because no {judge.partition(' ')[2]} allows the {row.action} action"
            why = f"with an explicit deny in {judge}" if verdict is Verdict.DENIED else silent
            what = f"is not authorized to perform: {row.action} on resource: {row.resource} {why}"
            raise DeniedError(request.service, f"User: {who.session_arn} {what}")


SOURCE = ("aws:SourceInstanceARN", "ec2:SourceInstanceARN")


def _about(who: Principal, request: Request) -> dict[str, Any]:
    """Return the condition keys that every request has, and those of its service."""
    return {
        "aws:SecureTransport": "true",
        **{f"aws:PrincipalTag/{key}": value for key, value in who.tags.items()},
        **context(request),
    }


def _rows(request: Request) -> list[Row]:
    own = {"dynamodb": dynamodb.rows, "ec2": launches.rows}.get(request.service)
    return list(own(request) if own else ()) or list(table_rows(request, FILTERS))


def _values(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple) else (str(value),)
