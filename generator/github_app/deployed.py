"""What a deployment keeps for its Apps: where the key and the webhook's secret are, and where deliveries go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from generator.deployment import aws_errors, stack_client
from generator.errors import SpotRunnerError
from generator.reporting.place import API_URL, Place
from generator.stacks.http_api import WEBHOOK_ROUTE
from lambdas.adapters import secrets
from lambdas.adapters.secrets import Kept

KEY, SECRET = "app-key-arn", "webhook-secret-arn"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """ARNs of the secrets, and the webhook's address, '' until the control plane is deployed."""

    region: str
    key_arn: str
    secret_arn: str
    webhook_url: str

    def put_key(self, app_ids: Sequence[str]) -> str:
        """Return the command that puts the private keys, from files named by the Apps' ids."""
        put = f"aws secretsmanager put-secret-value --region {self.region} --secret-id {self.key_arn} --secret-string"
        if len(app_ids) == 1:
            return f"{put} file://{app_ids[0]}.pem"
        files = " ".join(f"--rawfile k{app_id} {app_id}.pem" for app_id in app_ids)
        keys = ", ".join(f'"{app_id}": $k{app_id}' for app_id in app_ids)
        return f"jq -n {files} '{{{keys}}}' | {put} file:///dev/stdin"

    @property
    def put_secret(self) -> str:
        """Return what to do with the webhook's secret, up to the page on which to do it."""
        shown = f"aws secretsmanager get-secret-value --region {self.region} --secret-id {self.secret_arn}"
        return f"copy what `{shown} --query SecretString --output text` prints to Webhook secret at"


def read(place: Place) -> Deployed:
    """Read what the stacks published; raise SpotRunnerError where nothing is deployed."""
    names = {key: place.names.stack_value(key) for key in (KEY, SECRET, API_URL)}
    with aws_errors.explained_to_operators(f"ssm:GetParameters on {', '.join(names.values())}"):
        found = stack_client.ssm_values(place.aws, names.values())
    for key in (KEY, SECRET):
        if names[key] not in found:
            raise SpotRunnerError(
                f"there is no {names[key]} in {place.settings.region}: deploy first, or give --environment"
            )
    api = found.get(names[API_URL])
    return Deployed(
        region=place.settings.region,
        key_arn=found[names[KEY]],
        secret_arn=found[names[SECRET]],
        webhook_url=f"{api}{WEBHOOK_ROUTE.path}" if api else "",
    )


def keys(place: Place, deployed: Deployed, now: datetime) -> Kept:
    """Read the private keys, with the caller's own rights; nothing is kept where none was ever put."""
    client = place.aws.secretsmanager
    with aws_errors.explained_to_operators(f"secretsmanager:GetSecretValue on {deployed.key_arn}"):
        try:
            version = client.get_secret_value(SecretId=deployed.key_arn)
        except client.exceptions.ResourceNotFoundException:
            return Kept()
    return Kept(values=(secrets.content(version),), read_at=now)
