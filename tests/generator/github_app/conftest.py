"""A deployment whose App is set up as it should be, and GitHub and the webhook that it is set up with."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from embedded.github.app_registry import App
from tests.embedded.github.receiver import Receiver, receiving
from tests.generator.conftest import Run
from tests.github_app import ORGANIZATION, SECRET, Organization, an_organization, key_pair

NEEDED = {"organization_self_hosted_runners": "write", "actions": "write", "metadata": "read"}
Rows = Callable[[], dict[str, str]]


@dataclass(kw_only=True)
class Deployment:
    """What the check looks at: GitHub, the webhook, the account and the settings' file."""

    github: Organization
    webhook: Receiver
    aws: EmbeddedAws
    settings: Path
    key_arn: str

    @property
    def app(self) -> App:
        """The App that delivers."""
        return self.github.app

    def put_key(self, value: str) -> None:
        """Put private keys into the secret."""
        self.aws.client("secretsmanager").put_secret_value(SecretId=self.key_arn, SecretString=value)

    def name_apps(self, *ids: int) -> None:
        """Name Apps in spot-runner.yaml."""
        named = f"  apps: [{', '.join(f'{{id: {one}}}' for one in ids)}]"
        owner = f"  owner: {ORGANIZATION}\n"
        before, after = re.sub(r"  apps: .*\n", "", self.settings.read_text()).split(owner)
        self.settings.write_text(f"{before}{owner}{named}\n{after}")

    def tell_of_a_job(self, answered: int = 202) -> None:
        """Queue a job, which is delivered and answered so."""
        self.webhook.status = answered
        self.github.queue()
        self.github.played.hooks.settle()

    def another_app(self, **changes: Any) -> App:
        """Make and install a second App, which delivers nowhere."""
        made = self.github.played.registry.add_app(
            "second", key_pair()[1], owner=ORGANIZATION, permissions=NEEDED, **changes
        )
        self.github.played.registry.install(made, ORGANIZATION)
        return made


@pytest.fixture
def deployment(here: EmbeddedAws, root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Deployment]:
    """Set everything up; the App has delivered once."""
    ssm, secrets = here.client("ssm"), here.client("secretsmanager")
    arn = secrets.create_secret(Name="spot-runner-foundation/GitHubAppKey-1")["ARN"]
    hook_arn = secrets.create_secret(Name="spot-runner-foundation/WebhookSecret-1", SecretString=SECRET)["ARN"]
    with an_organization() as github, receiving() as webhook:
        monkeypatch.setenv("GITHUB_API_URL", github.played.api_url)
        values = {
            "app-key-arn": arn, "webhook-secret-arn": hook_arn, "api-url": webhook.url.removesuffix("/webhook")
        }  # fmt: skip
        for key, value in values.items():
            ssm.put_parameter(Name=f"/spot-runner/stack/{key}", Value=value, Type="String", Overwrite=True)
        github.app.permissions, github.app.webhook_url = dict(NEEDED), webhook.url
        github.installation.permissions = dict(NEEDED)
        settings = root / "spot-runner.yaml"
        made = Deployment(github=github, webhook=webhook, aws=here, settings=settings, key_arn=arn)
        made.name_apps(github.app.id)
        made.put_key(key_pair()[0])
        made.tell_of_a_job()
        yield made
    for one in (arn, hook_arn):
        secrets.delete_secret(SecretId=one, ForceDeleteWithoutRecovery=True)
    ssm.delete_parameters(Names=[f"/spot-runner/stack/{key}" for key in values])


@pytest.fixture
def rows(run: Run, deployment: Deployment) -> Rows:  # noqa: ARG001 - it must be there
    """Return a way to run the check and see its rows as they are printed, each with its remedy, by what each is of.

    A problem makes the exit code 1, and nothing else does.
    """

    def check() -> dict[str, str]:
        code, out, err = run("github-app", "check")
        assert (code, err) == (int("problem  " in out), "")
        found: dict[str, str] = {}
        for row in out.replace("\n         -> ", " -> ").splitlines()[:-1]:
            level, _, rest = row.partition(" ")
            about, _, said = rest.strip().partition(": ")
            found[about] = f"{found[about]}\n{level}: {said}" if about in found else f"{level}: {said}"
        return found

    return check
