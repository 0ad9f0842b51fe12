from typing import Any

import pytest

from lambdas.core import records
from lambdas.core.rounds import Round
from lambdas.core.state import AmiState, Build, Deploy, Pipeline
from tests.lambdas.makers import a_build, a_config, a_deploy, a_failed_build, a_state, at

VALUES = (
    a_build(started_at=at(0.01)),
    a_failed_build(reason="x"),
    a_deploy(client_token="token"),
    a_state(expires_at=at(1), ami_built_at=at(0)),
    Pipeline(status="DISABLED", event_at=at(3), consecutive_failures=5),
)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_comes_back_from_its_record(value: Any) -> None:
    assert records.from_record(type(value), records.to_record(value)) == value


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_what_another_release_added_is_ignored(value: Any) -> None:
    assert records.from_record(type(value), {**records.to_record(value), "PK": "x", "ttl": 5}) == value


def test_a_deployed_preset_comes_back_from_its_record() -> None:
    assert records.config_from_record(records.config_to_record(a_config())) == a_config()


def test_what_a_record_lacks_takes_its_default() -> None:
    assert records.from_record(Round, {"repairedAt": None}) == Round()


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        (
            Build,
            "buildArn status recipeArn startedAt eventAt amiId amiState rootDeviceName reason runnerVersion cve",
        ),
        (
            Deploy,
            (
                "sequence recipeHash recipeArn architecture platform commit deployedAt stackId requestId decision "
                "clientToken"
            ),
        ),
        (
            AmiState,
            (
                "presetName status updatedAt since version amiId buildArn recipeHash reason expiresAt rootDeviceName "
                "amiBuiltAt"
            ),
        ),
        (Pipeline, "status eventAt consecutiveFailures"),
    ],
)
def test_the_attributes_are_those_that_readers_of_the_table_know(kind: type, names: str) -> None:
    value = next(value for value in VALUES if isinstance(value, kind))
    assert set(records.to_record(value)) == set(names.split())
