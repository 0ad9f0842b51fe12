"""Lambda's API: moto keeps the functions, the host runs them; what cannot be played is refused."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.iam.models import iam_backends

from embedded.aws.errors import ServiceError
from embedded.aws.lambda_async import AsyncInvoker
from embedded.aws.lambda_host import LambdaHost, Record, ThrottledError
from embedded.aws.patches import Patches
from embedded.functions.runtime_api import Answer
from embedded.functions.sandbox import Function


class LambdaApi:
    """The service: `invoke` for the parts of the embedded AWS, moto's patched backend for everybody else."""

    def __init__(self, host: LambdaHost, asynchronous: AsyncInvoker, account: str, region: str) -> None:
        self._host, self._asynchronous = host, asynchronous
        self._account, self._region = account, region

    def install(self, patches: Patches) -> None:
        """Patch moto."""
        self._asynchronous.attempt = self.invoke
        make, update = LambdaFunction.__init__, LambdaFunction.update_configuration
        put_config = LambdaBackend.put_function_event_invoke_config

        def checked_init(function: Any, account_id: str, spec: Any, region: str, version: str | int = 1) -> None:
            _check_role(spec["Role"])
            make(function, account_id, spec, region, version)
            function.logging_config = spec.get("LoggingConfig", {})
            _check_logging(function.logging_config)

        def update_configuration(function: Any, changes: dict[str, Any]) -> dict[str, Any]:
            _check_role(changes.get("Role", function.role))
            function.logging_config = changes.get("LoggingConfig", function.logging_config)
            _check_logging(function.logging_config)
            update(function, changes)
            return dict(function.get_configuration())

        def put_function_event_invoke_config(backend: Any, function_name: str, config: dict[str, Any]) -> Any:
            backend.get_function(function_name).event_invoke_config.clear()  # moto would go on showing the first one
            return put_config(backend, function_name, config)

        def _invoke_lambda(function: Any, _event: Any = None) -> None:
            _refuse(f"an invocation of {function.function_name} by another service")

        patches.replace(LambdaFunction, "__init__", checked_init)
        patches.replace(LambdaFunction, "update_configuration", update_configuration)
        patches.replace(LambdaFunction, "_invoke_lambda", _invoke_lambda)
        patches.replace(LambdaBackend, "put_function_event_invoke_config", put_function_event_invoke_config)
        patches.replace(LambdaBackend, "invoke", self._invoke_operation())

    def find(self, arn: str) -> Any | None:
        """Return moto's function of this ARN, or None."""
        try:
            return lambda_backends[self._account][self._region].get_function(arn)
        except UnknownFunctionException:
            return None

    def invoke(self, function: Any, payload: bytes, request_id: str) -> tuple[Answer, Record]:
        """Run moto's function now; raise ThrottledError beyond its reserved concurrency."""
        reserved = function.reserved_concurrency
        limit = None if reserved is None else int(reserved)
        return self._host.invoke(_as_deployed(function), payload, reserved=limit, request_id=request_id)

    def invoke_later(self, function: Any, payload: bytes) -> None:
        """Queue an asynchronous invocation."""
        self._asynchronous.invoke(function, payload)

    def _invoke_operation(self) -> Any:
        def invoke(backend: Any, name: str, qualifier: Any, body: Any, headers: Any, answer_headers: Any) -> bytes:
            function, payload = backend.get_function(name, qualifier), _payload(body)
            kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
            if kind == "Event":
                self.invoke_later(function, payload)
                return b""
            try:
                answer, _ = self.invoke(function, payload, str(uuid.uuid4()))
            except ThrottledError as error:
                raise ServiceError("TooManyRequestsException", "Rate Exceeded.") from error
            if answer.error:
                answer_headers["X-Amz-Function-Error"] = "Unhandled"
            return answer.payload

        return invoke


def _refuse(what: str) -> None:
    raise ServiceError("InvalidParameterValueException", f"the embedded AWS does not play {what}")


def _check_logging(config: Mapping[str, str]) -> None:
    if config.get("LogFormat") != "JSON":
        _refuse("the LogFormat Text")


def _check_role(arn: str) -> None:
    """Refuse a role that Lambda may not assume, as CreateFunction does."""
    roles = iam_backends[arn.split(":")[4]]["aws"].get_roles() if arn.count(":") >= 5 else []  # noqa: PLR2004 - an ARN's parts
    if any(role.arn == arn and "lambda.amazonaws.com" in str(role.assume_role_policy_document) for role in roles):
        return
    raise ServiceError(
        "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."
    )


def _payload(body: Any) -> bytes:
    payload = (body if isinstance(body, bytes) else str(body or "").encode()) or b"{}"
    try:
        json.loads(payload)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise ServiceError("InvalidRequestContentException", message) from error
    return payload


def _as_deployed(function: Any) -> Function:
    return Function(
        arn=function.function_arn.removesuffix(":$LATEST"),
        name=function.function_name,
        region=function.region,
        runtime=function.run_time,
        handler=function.handler,
        role_arn=function.role,
        timeout_seconds=int(function.timeout),
        memory_mb=int(function.memory_size),
        environment=tuple(sorted(function.environment_vars.items())),
        code_sha256=function.code_sha_256,
        code=function.code_bytes,
        log_group=function.logging_config.get("LogGroup", function.logs_group_name),
        log_level=function.logging_config.get("ApplicationLogLevel", "INFO"),
    )
