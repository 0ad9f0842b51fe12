"""Where a deployment is reached: its `/status`, and its account if there are credentials for it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from generator.deployment import signin, stack_client
from generator.deployment.aws import Aws, check_account, connect
from generator.deployment.aws_errors import explained
from generator.errors import SpotRunnerError
from generator.inputs.project import load_settings
from generator.inputs.settings import PRODUCTION, Settings
from generator.reporting.watch import status_url
from lambdas.core.names import Names

API_URL = "api-url"


@dataclass(frozen=True)
class Place:
    """One environment of a repository's deployment; its account is asked for nothing until something needs it."""

    root: Path
    environment: str | None
    settings: Settings

    @property
    def names(self) -> Names:
        """Return the names that follow from the deployment's."""
        return Names(deployment=self.settings.name)

    @property
    def label(self) -> str:
        """Return what tells this deployment from the others here: its name, and its environment but production."""
        named = self.environment not in {None, PRODUCTION}
        return f"{self.settings.name}/{self.environment}" if named else self.settings.name

    @cached_property
    def aws(self) -> Aws:
        """Return the account's clients; raise SpotRunnerError without credentials, or with those of another account."""
        with explained():
            aws = connect(self.settings.region, signin.role_arn(self.settings, signin.PLAN))
            check_account(aws, self.settings.account)
        return aws


def find(root: Path, environment: str | None) -> Place:
    """Read the settings alone: presets may be in any state while issues are kept."""
    return Place(root, environment, load_settings(root).for_environment(environment))


def address(place: Place, given: str | None) -> str:
    """Return the URL of `/status`: the given one, else the one that the control plane published."""
    return status_url(given) if given else status_url(_published(place))


class NotDeployedError(SpotRunnerError):
    """The account can be asked, and knows of no deployment: there is nothing to report yet."""


def _published(place: Place) -> str:
    parameter = place.names.stack_value(API_URL)
    try:
        with explained():
            found = stack_client.ssm_values(place.aws, (parameter,))
    except SpotRunnerError as error:
        raise SpotRunnerError(f"the status URL is not known: {error}; or pass --url https://HOST/status") from error
    if parameter not in found:
        raise NotDeployedError(
            f"the status URL is not known: there is no {parameter} in {place.settings.region}: deploy first, or pass "
            "--url https://HOST/status"
        )
    return found[parameter]
