"""Lambda's API: moto keeps the functions, the host runs them; what cannot be played is refused."""

import base64
import json
import uuid
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.iam.models import iam_backends

from embedded.aws.errors import ServiceError
from embedded.aws.lambda_async import AsyncInvoker
from embedded.aws.lambda_host import LambdaHost, Record, ThrottledError
from embedded.aws.patches import Patches
from embedded.aws.runtime_api import Answer
from embedded.aws.sandbox import Function

UPDATABLE = {"Description", "Handler", "MemorySize", "Role", "Runtime", "Timeout", "Environment", "LoggingConfig"}
CREATABLE = UPDATABLE | {"FunctionName", "Code", "PackageType", "Architectures", "Tags", "Publish"}
LOGGING = {"LogFormat", "LogGroup", "ApplicationLogLevel", "SystemLogLevel"}


class LambdaApi:
    """The service: `invoke` for the parts of the embedded AWS, moto's patched backend for everybody else."""

    def __init__(self, host: LambdaHost, asynchronous: AsyncInvoker, account: str, region: str) -> None:
        self._host, self._asynchronous, self._patches = host, asynchronous, Patches()
        self._account, self._region = account, region

    def install(self) -> None:
        """Patch moto."""
        self._asynchronous.attempt = self.invoke
        replace, make, describe = self._patches.replace, LambdaFunction.__init__, LambdaFunction.get_configuration
        update = LambdaFunction.update_configuration
        put_config = LambdaBackend.put_function_event_invoke_config

        def checked_init(function: Any, account_id: str, spec: Any, region: str, version: str | int = 1) -> None:
            _check(spec, CREATABLE)
            _check_role(spec["Role"])
            make(function, account_id, spec, region, version)
            function.logging_config = spec.get("LoggingConfig", {})

        def update_configuration(function: Any, changes: dict[str, Any]) -> dict[str, Any]:
            _check(changes, UPDATABLE)
            _check_role(changes.get("Role", function.role))
            function.logging_config = changes.get("LoggingConfig", function.logging_config)
            update(function, changes)
            return dict(function.get_configuration())

        def get_configuration(function: Any, on_create: bool = False) -> dict[str, Any]:  # noqa: FBT001, FBT002 - moto's signature
            logging = {"LogFormat": "Text", "LogGroup": function.logs_group_name, **function.logging_config}
            return {**describe(function, on_create), "LoggingConfig": logging}

        def put_function_event_invoke_config(backend: Any, function_name: str, config: dict[str, Any]) -> Any:
            backend.get_function(function_name).event_invoke_config.clear()  # moto would go on showing the first one
            return put_config(backend, function_name, config)

        def _invoke_lambda(function: Any, event: Any = None) -> tuple[str, bool, str]:
            answer, record = self.invoke(function, json.dumps(event or {}).encode(), str(uuid.uuid4()))
            return answer.payload.decode(), answer.error, "\n".join(record.log_lines)

        replace(LambdaFunction, "__init__", checked_init)
        replace(LambdaFunction, "update_configuration", update_configuration)
        replace(LambdaFunction, "get_configuration", get_configuration)
        replace(LambdaFunction, "_invoke_lambda", _invoke_lambda)
        replace(LambdaBackend, "put_function_event_invoke_config", put_function_event_invoke_config)
        replace(LambdaBackend, "invoke", self._invoke_operation())

    def uninstall(self) -> None:
        """Restore moto."""
        self._patches.undo()

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
            function = backend.get_function(name, qualifier)
            payload = _payload(body)
            kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
            if kind == "DryRun":
                return b""
            if kind == "Event":
                self.invoke_later(function, payload)
                return b""
            try:
                answer, record = self.invoke(function, payload, str(uuid.uuid4()))
            except ThrottledError as error:
                raise ServiceError("TooManyRequestsException", "Rate Exceeded.") from error
            tail = "\n".join(record.log_lines).encode()[-4096:]
            answer_headers |= {"x-amz-log-result": base64.b64encode(tail).decode(), "X-Amz-Executed-Version": "$LATEST"}
            if answer.error:
                answer_headers["X-Amz-Function-Error"] = "Unhandled"
            return answer.payload

        return invoke


def _check(spec: dict[str, Any], known: set[str]) -> None:
    unknown = [name for name, value in spec.items() if name not in known and value not in (None, {}, [])]
    unknown += [f"LoggingConfig.{name}" for name in set(spec.get("LoggingConfig", {})) - LOGGING]
    if spec.get("PackageType", "Zip") != "Zip" or spec.get("Publish"):
        unknown.append("PackageType or Publish")
    if not str(spec.get("Runtime", "python3")).startswith("python3"):
        unknown.append(f"Runtime {spec['Runtime']}")
    if unknown:
        raise ServiceError(
            "InvalidParameterValueException", f"the embedded AWS does not play {', '.join(sorted(unknown))}"
        )


def _check_role(arn: str) -> None:
    """Refuse a role that Lambda may not assume, as CreateFunction does."""
    roles = iam_backends[arn.split(":")[4]]["aws"].get_roles() if arn.count(":") >= 5 else []  # noqa: PLR2004 - an ARN's parts
    if any(role.arn == arn and "lambda.amazonaws.com" in str(role.assume_role_policy_document) for role in roles):
        return
    raise ServiceError(
        "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."
    )


def _payload(body: Any) -> bytes:
    payload = body if isinstance(body, bytes) else str(body or "{}").encode()
    try:
        json.loads(payload or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise ServiceError("InvalidRequestContentException", message) from error
    return payload or b"{}"


def _as_deployed(function: Any) -> Function:
    logging = function.logging_config
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
        log_group=logging.get("LogGroup", function.logs_group_name),
        log_format=logging.get("LogFormat", "Text"),
        log_level=logging.get("ApplicationLogLevel", "INFO") if logging.get("LogFormat") == "JSON" else "",
    )
