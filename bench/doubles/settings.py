"""What a function reads and seldom changes: the presets' parameters in SSM, and the Apps' key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from bench.doubles.caller import Caller


@dataclass(frozen=True, kw_only=True)
class Ssm:
    """The client of one caller."""

    parameters: Mapping[str, str]
    caller: Caller

    def get_parameter(self, **asked: Any) -> dict[str, Any]:
        """Return a parameter."""
        self.caller.call("ssm:GetParameter", self.caller.latencies.parameter)
        if asked["Name"] not in self.parameters:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": asked["Name"]}}, "GetParameter")
        return {"Parameter": {"Name": asked["Name"], "Value": self.parameters[asked["Name"]]}}


@dataclass(frozen=True, kw_only=True)
class SecretsManager:
    """The client of one caller; whichever secret it asks for is the one that there is."""

    secret: str
    caller: Caller

    def get_secret_value(self, **_: Any) -> dict[str, Any]:
        """Return the secret."""
        self.caller.call("secretsmanager:GetSecretValue", self.caller.latencies.parameter)
        return {"SecretString": self.secret}
