"""The API in moto's place: every action is the engine's, or refused."""

from collections.abc import Callable
from typing import Any

from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores

from embedded.aws.cloudformation import requests, views
from embedded.aws.cloudformation.caller import service_model
from embedded.aws.cloudformation.engine import Engine
from embedded.aws.cloudformation.errors import RefusedError
from embedded.aws.patches import Patches
from embedded.aws.tokens import Tokens

ACTIONS = {action.__name__: (accepted, action) for action, accepted in (requests.ACTIONS | views.ACTIONS).items()}
TOKENS = {
    "CreateChangeSet": "ClientToken",
    "ContinueUpdateRollback": "ClientRequestToken",
    "ExecuteChangeSet": "ClientRequestToken",
}


def install(engine: Engine, patches: Patches) -> None:
    """Take over every action of moto's CloudFormation, until the patches end."""
    patches.callback(engine.stop)
    tokens = Tokens(engine.clock, "TokenAlreadyExistsException")
    patches.replace(CloudFormationResponse, "RESPONSE_KEY_PATH_TO_TRANSFORMER", {})
    for name in service_model("cloudformation").operation_names:
        patches.put(CloudFormationResponse, camelcase_to_underscores(name), _method(engine, tokens, name))


def _method(engine: Engine, tokens: Tokens, operation: str) -> Callable[[Any], ActionResult]:
    accepted, action = ACTIONS.get(camelcase_to_underscores(operation), ((), None))

    def method(response: Any) -> ActionResult:
        if action is None or response.region != engine.place["region"]:
            raise RefusedError(f"{operation} in {response.region} is not supported by the embedded CloudFormation")
        given = {name: value for name, value in response.params.items() if value is not None}
        token = given.pop(TOKENS.get(operation, ""), None)
        if odd := sorted(given.keys() - set(accepted)):
            raise RefusedError(f"{operation} does not take {odd[0]} in the embedded CloudFormation")
        with engine.lock:
            engine.access_key_id = response.get_access_key()
            key = (operation, token) if token else None
            return ActionResult(tokens.once(key, given, lambda: action(engine, given)))

    return method
