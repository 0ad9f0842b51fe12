from collections.abc import Callable
from typing import Any

import pytest

from generator.errors import UsageError
from generator.inputs.settings import Settings

Complaints = Callable[..., list[str]]
SomeSettings = Callable[..., dict[str, Any]]

DEPLOYMENT = (
    "expected a name of lower-case letters, digits and inner hyphens, at most 20 characters, from a letter on,"
    " not beginning with aws or ssm, and without -preset- in it or -preset at its end"
)
NETWORK = "expected either create: true, or vpcId and subnetIds"
VPC = "vpc-0123456789abcdef0"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]

WRONG = [
    ({"name": "aws-runners"}, f"name is 'aws-runners', {DEPLOYMENT}"),
    ({"name": "ssm"}, f"name is 'ssm', {DEPLOYMENT}"),
    ({"name": "a-preset-b"}, f"name is 'a-preset-b', {DEPLOYMENT}"),
    ({"name": "a-preset"}, f"name is 'a-preset', {DEPLOYMENT}"),
    ({"name": "runners-"}, f"name is 'runners-', {DEPLOYMENT}"),
    ({"name": "1-runner"}, f"name is '1-runner', {DEPLOYMENT}"),
    ({"name": "a" * 21}, f"name is '{'a' * 21}', {DEPLOYMENT}"),
    ({"region": None}, "region is missing, expected an AWS Region such as eu-west-1"),
    ({"region": "eu-west"}, "region is 'eu-west', expected an AWS Region such as eu-west-1"),
    ({"account": "12345"}, "account is '12345', expected an AWS account id of 12 digits"),
    ({"github": None}, "github is missing, expected a mapping with fields such as serverUrl, owner or apps"),
    ({"github": {}}, "github.owner is missing, expected a GitHub organization or user name"),
    (
        {"github": {"owner": "o", "serverUrl": "http://github.com"}},
        (
            "github.serverUrl is 'http://github.com', expected https:// and a host without a path,"
            " such as https://github.com, did you mean https://github.com?"
        ),
    ),
    ({"github": {"owner": "o/r"}}, "github.owner is 'o/r', expected a GitHub organization or user name"),
    (
        {"github": {"owner": "o", "apps": [{"id": 0}]}},
        "github.apps[0].id is 0, expected a whole number from 1 to 1000000000000",
    ),
    (
        {"github": {"owner": "o", "apps": [{"id": 1}, {"id": 1}]}},
        "github.apps[1].id is 1, the same id as another entry's",
    ),
    (
        {"repositories": {"allow": ["octo org/x"]}},
        (
            "repositories.allow[0] is 'octo org/x', expected owner/name, in which * stands for any characters,"
            " or * for every repository"
        ),
    ),
    ({"repositories": {"public": "yes"}}, "repositories.public is 'yes', expected true or false"),
    (
        {"repositories": {"allow": [f"octo-org/{number:090}" for number in range(30)]}},
        (
            "repositories is a mapping of allow, 3,164 characters long in a function's environment, of which"
            " 3,000 fit: name fewer, by patterns with *"
        ),
    ),
    ({"network": {"create": False}}, f"network is a mapping of create, {NETWORK}"),
    ({"network": {"vpcId": VPC}}, f"network is a mapping of vpcId, {NETWORK}"),
    ({"network": {"subnetIds": SUBNETS}}, f"network is a mapping of subnetIds, {NETWORK}"),
    (
        {"network": {"create": True, "vpcId": VPC, "subnetIds": SUBNETS}},
        f"network is a mapping of create, vpcId, subnetIds, {NETWORK}",
    ),
    (
        {"network": {"vpcId": VPC, "subnetIds": []}},
        "network.subnetIds is an empty list, expected a list of subnet ids, at least one",
    ),
    (
        {"network": {"vpcId": VPC, "subnetIds": [SUBNETS[0], SUBNETS[0]]}},
        f"network.subnetIds[1] is '{SUBNETS[0]}', which is in the list already",
    ),
    ({"status": {"showAmiIds": 1}}, "status.showAmiIds is 1, expected true or false"),
    ({"alarms": {"email": "nobody"}}, "alarms.email is 'nobody', expected an email address"),
    (
        {"logRetentionDays": 10},
        (
            "logRetentionDays is 10, expected a number of days that CloudWatch Logs accepts (1, 3, 5, 7, 14, 30, 60,"
            " 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)"
        ),
    ),
    ({"maxRunners": 0}, "maxRunners is 0, expected a whole number from 1 to 10000"),
    (
        {"environments": {"Prod": {}}},
        (
            "the name 'Prod' in environments: expected a name of lower-case letters, digits and inner hyphens,"
            " at most 40 characters"
        ),
    ),
    ({"environments": {"prod": {"regoin": "x"}}}, "environments.prod.regoin is not a field, did you mean region?"),
    (
        {"environments": {"network": {"repositories": {}}}},
        "environments.network.repositories is not a field, expected region, account, github or network",
    ),
    (
        {"environments": {"test": {"region": "us-east-1", "network": None}}},
        (
            "environments.test.network is null (nothing),"
            " expected a mapping with fields such as create, vpcId or subnetIds"
        ),
    ),
    (
        {"defaults": {"image": {"buildInstanceTypes": ["m7i.large"]}}},
        (
            "defaults.image.buildInstanceTypes is not a field, expected base, schedule, additionalDockerImages,"
            " components, runnerVersion, testCommands or retain"
        ),
    ),
]


@pytest.mark.parametrize(("changes", "message"), WRONG, ids=[message[:70] for _, message in WRONG])
def test_a_wrong_setting_is_named_with_what_is_accepted(
    complaints: Complaints, some_settings: SomeSettings, changes: dict[str, object], message: str
) -> None:
    assert complaints(settings=some_settings(**changes)) == [f"spot-runner.yaml:1: {message}"]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [("012345678901", "a number"), ("012345670123", "the number 1402433619"), ("123456789012", "")],
)
def test_an_account_without_quotes_is_a_number_to_yaml(complaints: Complaints, written: str, read_as: str) -> None:
    text = f"region: eu-west-1\ngithub: {{owner: o}}\naccount: {written}\n"
    as_read = f"{written}, which YAML reads as {read_as}" if read_as else written
    assert complaints(settings=text) == [
        (
            f"spot-runner.yaml:3: account is {as_read}, expected an AWS account id of 12 digits;"
            " put it in quotes if it is meant as text"
        )
    ]


def test_settings_that_say_the_least_have_defaults(some_settings: SomeSettings) -> None:
    settings = Settings.model_validate(some_settings())
    assert (settings.name, settings.github.server_url, settings.github.apps) == (
        "spot-runner",
        "https://github.com",
        (),
    )
    assert (settings.network.create, settings.network.vpc_id, settings.network.subnet_ids) == (True, None, ())
    assert (settings.repositories.allow, settings.repositories.deny, settings.repositories.public) == (
        ("*",),
        (),
        False,
    )
    assert (settings.status.show_ami_ids, settings.alarms.email) == (True, None)
    assert (settings.log_retention_days, settings.max_runners) == (30, 200)


def test_naming_a_vpc_means_that_none_is_created(some_settings: SomeSettings) -> None:
    settings = Settings.model_validate(some_settings(network={"vpcId": VPC, "subnetIds": SUBNETS}))
    assert (settings.network.create, settings.network.subnet_ids) == (False, tuple(SUBNETS))


def test_an_environment_says_only_what_is_different(some_settings: SomeSettings) -> None:
    other = {"account": "210987654321", "github": {"serverUrl": "https://octo.ghe.com"}}
    settings = Settings.model_validate(some_settings(environments={"test": other}))
    test = settings.for_environment("test")
    assert (test.account, test.region) == ("210987654321", "eu-west-1")
    assert (test.github.server_url, test.github.owner) == ("https://octo.ghe.com", "octo-org")
    assert settings.for_environment(None) is settings


@pytest.mark.parametrize(
    ("environments", "which", "region", "other"),
    [
        ("  test: {network: {}}\n", "5: environments.test is a mapping of network", "eu-west-1", "production"),
        (
            "  one: {region: us-east-1}\n  two:\n    region: us-east-1\n",
            "6: environments.two is a mapping of region",
            "us-east-1",
            "one",
        ),
        (
            "  test: {region: us-east-1}\n  production: {region: us-east-1}\n",
            "5: environments.test is a mapping of region",
            "us-east-1",
            "production",
        ),
    ],
    ids=["the file's own place", "another environment's", "what is said of production"],
)
def test_environments_never_share_account_and_region_and_with_them_all_stacks(
    complaints: Complaints, environments: str, which: str, region: str, other: str
) -> None:
    text = f"region: eu-west-1\ngithub: {{owner: o}}\naccount: '123456789012'\nenvironments:\n{environments}"
    why = f"which leaves it in account 123456789012 and {region}, where {other} is, and so with the same stacks"
    said = f"spot-runner.yaml:{which}, {why}: give it an account or a region of its own"
    assert complaints(settings=text) == [said]


def test_an_environment_may_be_where_production_is_not(complaints: Complaints, some_settings: SomeSettings) -> None:
    environments = {"test": {}, "production": {"account": "210987654321"}}
    assert complaints(settings=some_settings(environments=environments)) == []


def test_a_network_of_an_environment_replaces_the_whole_network(some_settings: SomeSettings) -> None:
    own, apart = {"vpcId": VPC, "subnetIds": SUBNETS}, {"region": "us-east-1", "network": {"create": True}}
    settings = Settings.model_validate(some_settings(network=own, environments={"test": apart}))
    network = settings.for_environment("test").network
    assert (network.create, network.vpc_id, network.subnet_ids) == (True, None, ())


def test_what_names_no_environment_is_about_production(some_settings: SomeSettings) -> None:
    settings = Settings.model_validate(some_settings(environments={"production": {"account": "210987654321"}}))
    assert settings.for_environment(None).account == "210987654321"
    assert settings.for_environment(None) == settings.for_environment("production")


@pytest.mark.parametrize(("name", "hint"), [("tset", "did you mean test?"), ("prod", "there are: test")])
def test_an_unknown_environment_is_a_wrong_use(some_settings: SomeSettings, name: str, hint: str) -> None:
    settings = Settings.model_validate(some_settings(environments={"test": {"region": "us-east-1"}}))
    with pytest.raises(UsageError, match=f"environment '{name}' is not in spot-runner.yaml, {hint}"):
        settings.for_environment(name)
