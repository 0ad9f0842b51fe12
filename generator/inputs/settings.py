"""Settings: what spot-runner.yaml says of the whole deployment and its environments."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Self

from pydantic import Field, StrictBool, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from generator.errors import UsageError
from generator.inputs.fields import Distinct, Section, expected, refused
from generator.inputs.kinds import (
    ACCOUNT,
    DEPLOYMENT_NAME,
    EMAIL,
    ENVIRONMENT_NAME,
    LOG_RETENTION,
    OWNER,
    REGION,
    REPOSITORY,
    SERVER_URL,
    SUBNET_ID,
    VPC_ID,
    whole,
)
from generator.presets import PresetDefaults

PRODUCTION = "production"
# The webhook has them in its environment, beside some hundred characters of names and ARNs; of all Lambda takes 4 KB.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
LONGEST_REPOSITORIES = 3000
Patterns = Annotated[tuple[Annotated[str, REPOSITORY], ...], Distinct(expected="a list of repository patterns")]


class GitHubApp(Section):
    """One GitHub App that sends webhooks and registers runners."""

    id: Annotated[int, whole(1, 10**12)] = Field(
        description="The App's id, as its settings page shows it.", examples=[1]
    )


Apps = Annotated[tuple[GitHubApp, ...], Distinct(expected="a list of {id}", named_by="id")]


class GitHub(Section):
    """The GitHub that jobs come from."""

    server_url: Annotated[str, SERVER_URL] = Field(
        default="https://github.com",
        description="Where GitHub is: github.com, <name>.ghe.com, or a GitHub Enterprise Server.",
        examples=["https://github.com", "https://octo.ghe.com"],
    )
    owner: Annotated[str, OWNER] = Field(
        description="The organization or user whose repositories are served.", examples=["octo-org"]
    )
    apps: Apps = Field(
        default=(), description="The GitHub Apps; none until webhooks are set up.", examples=[[{"id": 1}]]
    )


class Repositories(Section):
    """Which repositories may ask for runners."""

    allow: Patterns = Field(default=("*",), description="Patterns of those that may.", examples=[["octo-org/*"]])
    deny: Patterns = Field(
        default=(),
        description="Patterns of those that may not, whatever `allow` says.",
        examples=[["octo-org/secret-*"]],
    )
    public: StrictBool = Field(
        default=False,
        description="Whether public repositories may, too; else only those that `allow` names without *.",
        examples=[False],
    )

    @model_validator(mode="after")
    def _fit(self) -> Self:
        length = len(json.dumps(self.model_dump_json()))  # Lambda counts a quote as the two characters of \"
        if length > LONGEST_REPOSITORIES:
            fits = f"{length:,} characters long in a function's environment, of which {LONGEST_REPOSITORIES:,} fit"
            raise refused(f"{fits}: name fewer, by patterns with *")
        return self


class Network(Section):
    """Where machines run: a VPC that is created, or an existing one."""

    create: StrictBool = Field(
        default=True, description="Whether a VPC is made; false where vpcId names one.", examples=[True]
    )
    vpc_id: Annotated[str | None, VPC_ID] = Field(
        default=None, description="An existing VPC.", examples=["vpc-0123456789abcdef0"]
    )
    subnet_ids: Annotated[
        tuple[Annotated[str, SUBNET_ID], ...], Distinct(expected="a list of subnet ids, at least one", fewest=1)
    ] = Field(default=(), description="Its subnets, each in another zone.", examples=[["subnet-0123456789abcdef0"]])

    @model_validator(mode="before")
    @classmethod
    def _existing_is_not_created(cls, data: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        if isinstance(data, Mapping) and "create" not in data and {"vpcId", "vpc_id"} & data.keys():
            return {**data, "create": False}
        return data

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = bool(self.vpc_id) + bool(self.subnet_ids)
        if given != (0 if self.create else 2):
            raise expected("either create: true, or vpcId and subnetIds")
        return self


class Status(Section):
    """What the public status page shows."""

    show_ami_ids: StrictBool = Field(default=True, description="Whether GET /status names AMI ids.", examples=[True])


class Alarms(Section):
    """Who hears of alarms."""

    email: Annotated[str, EMAIL] | None = Field(
        default=None, description="Where alarms are sent; nowhere unless set.", examples=["platform@example.com"]
    )


class GitHubOverride(Section):
    """What is different about GitHub in one environment."""

    server_url: Annotated[str | None, SERVER_URL] = Field(
        default=None, description="Instead of github.serverUrl.", examples=["https://octo.ghe.com"]
    )
    owner: Annotated[str | None, OWNER] = Field(
        default=None, description="Instead of github.owner.", examples=["octo-test"]
    )
    apps: Apps = Field(default=(), description="Instead of github.apps.", examples=[[{"id": 2}]])


class Environment(Section):
    """One environment of the deployment: what is not said here is as above."""

    region: Annotated[str | None, REGION] = Field(
        default=None, description="Instead of region.", examples=["eu-central-1"]
    )
    account: Annotated[str | None, ACCOUNT] = Field(
        default=None, description="Instead of account.", examples=["210987654321"]
    )
    github: GitHubOverride = Field(default=GitHubOverride(), description="Field by field instead of github's.")
    network: Network = Field(
        default=Network(), description="Instead of the whole network.", examples=[{"create": True}]
    )


class Settings(Section):
    """What is true of the whole deployment."""

    name: Annotated[str, DEPLOYMENT_NAME] = Field(
        default="spot-runner",
        description="The deployment's name; several live side by side in one account.",
        examples=["spot-runner"],
    )
    region: Annotated[str, REGION] = Field(description="The AWS Region.", examples=["eu-west-1"])
    account: Annotated[str, ACCOUNT] = Field(
        description="The AWS account id, in quotes: it may begin with zero.", examples=["123456789012"]
    )
    github: GitHub = Field(description="The GitHub that jobs come from.")
    repositories: Repositories = Field(default=Repositories(), description="Which repositories may ask for runners.")
    network: Network = Field(default=Network(), description="Where machines run.")
    status: Status = Field(default=Status(), description="What the public status page shows.")
    alarms: Alarms = Field(default=Alarms(), description="Who hears of alarms.")
    log_retention_days: Annotated[int, LOG_RETENTION] = Field(
        default=30, description="How long CloudWatch keeps logs.", examples=[30]
    )
    max_runners: Annotated[int, whole(1, 10000)] = Field(
        default=200, description="How many machines of all presets together may run at once.", examples=[200]
    )
    defaults: PresetDefaults = Field(
        default=PresetDefaults(), description="Preset fields for all presets; a preset's own file has the last word."
    )
    environments: dict[Annotated[str, ENVIRONMENT_NAME], Environment] = Field(
        default={},
        description="Environments by name; each says only what is different.",
        examples=[{"test": {"account": "210987654321"}}],
    )

    @model_validator(mode="after")
    def _each_in_its_own_place(self) -> Self:
        if found := list(self._overlaps()):
            raise ValidationError.from_exception_data("environments", found)
        return self

    def _overlaps(self) -> Iterator[InitErrorDetails]:
        """Yield each environment whose stacks would be another one's: one name, one account and one Region."""
        seen: dict[tuple[str, str], str] = {}
        for name in (PRODUCTION, *(name for name in self.environments if name != PRODUCTION)):
            here = self.for_environment(name)
            first = seen.setdefault((here.account, here.region), name)
            if first != name:
                why = (
                    f"which leaves it in account {here.account} and {here.region}, where {first} is, and so with the "
                    "same stacks: give it an account or a region of its own"
                )
                said = self.environments[name].model_dump(by_alias=True, exclude_unset=True)
                yield InitErrorDetails(type=refused(why), loc=("environments", name), input=said)

    @property
    def environment_names(self) -> tuple[str, ...]:
        """Return all environments in the order in which they are deployed: those of the file, production at the end.

        What the file says outside of `environments` is production, unless it says something of production itself.
        """
        others = tuple(self.environments)
        return others if PRODUCTION in others else (*others, PRODUCTION)

    def for_environment(self, name: str | None) -> "Settings":
        """Return the settings of one environment, of production if none is named; raise UsageError if unknown."""
        name = PRODUCTION if name is None else name
        if name not in self.environments:
            if name == PRODUCTION:
                return self
            near = get_close_matches(name, self.environment_names, n=1)
            known = f"did you mean {near[0]}?" if near else f"there are: {', '.join(self.environment_names)}"
            raise UsageError(f"environment {name!r} is not in spot-runner.yaml, {known}")
        other = self.environments[name]
        changed = {key: getattr(other, key) for key in other.model_fields_set - {"github"}}
        github = {key: getattr(other.github, key) for key in other.github.model_fields_set}
        return self.model_copy(update={**changed, "github": self.github.model_copy(update=github)})
