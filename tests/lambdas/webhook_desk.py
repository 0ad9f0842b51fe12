"""The webhook's side of an account: its secret, its queue, and what it answers."""

import json
from typing import Any

from lambdas import webhook
from lambdas.adapters.secrets import Kept, Secret
from lambdas.core.admission import Repositories
from lambdas.webhook import Desk
from tests.lambdas.account import Account, client
from tests.lambdas.deliveries import SECRET


def a_desk(account: Account) -> Desk:
    """Return the desk of a deployment at which nothing has arrived yet."""
    secret = client("secretsmanager").create_secret(Name="webhook", SecretString=SECRET)["ARN"]
    return Desk(
        deployment="spot-runner",
        table=account.world.table,
        queue=account.queue,
        secret=Secret(client=client("secretsmanager"), arn=secret),
        kept=Kept(),
        repositories=Repositories(owner="octo-org"),
        now=account.world.now,
    )


def answered(desk: Desk, request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Return the code and the JSON of an answer."""
    said: Any = webhook.run(desk, request)
    assert said["headers"]["Content-Type"] == "application/json"
    return said["statusCode"], json.loads(said["body"])


def queued(desk: Desk) -> list[dict[str, Any]]:
    """Take the messages from the queue."""
    found = client("sqs").receive_message(QueueUrl=desk.queue.url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(one["Body"]) for one in found]
