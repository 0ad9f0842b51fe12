"""An embedded AWS per module, a deployment of its own per test, and stacks of a few SSM parameters."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.deployment.aws import Aws, connect
from generator.deployment.progress import Event
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.deployment.stack_client import Pace
from lambdas.core.names import DEPLOYMENT_TAG, Names

MakeStack = Callable[..., Wanted]
MakeResource = Callable[..., dict[str, Any]]

REGION = "eu-west-1"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def embedded() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(region=REGION) as aws:
        yield aws


@pytest.fixture
def aws(embedded: EmbeddedAws) -> Iterator[Aws]:
    yield connect(REGION, make_client=embedded.client)
    embedded.faults.clear()


@pytest.fixture
def names() -> Names:
    return Names(deployment=f"team{next(numbers)}")


@pytest.fixture
def heard() -> list[Event]:
    return []


@pytest.fixture
def site(aws: Aws, names: Names, heard: list[Event]) -> Site:
    return Site(aws=aws, names=names, listener=heard.append, pace=Pace(first_seconds=0.01, most_seconds=0.05))


@pytest.fixture
def a_parameter(names: Names) -> MakeResource:
    """Make a resource: an SSM parameter of this deployment; its name is fixed by its `key`."""

    def make(key: str, value: object = "1", **more: object) -> dict[str, Any]:
        properties = {"Type": "String", "Name": f"/{names.deployment}/test/{key}", "Value": value}
        return {"Type": "AWS::SSM::Parameter", "Properties": properties, **more}

    return make


@pytest.fixture
def a_stack(names: Names, a_parameter: MakeResource) -> MakeStack:
    """Make a wanted stack of this deployment; without resources it holds one parameter."""

    def make(
        part: str = "foundation",
        *,
        resources: dict[str, Any] | None = None,
        declared: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        preset: str | None = None,
        commit: str = "",
        protected: bool = False,
    ) -> Wanted:
        template = {
            "Parameters": declared or {},
            "Resources": resources or {"Only": a_parameter(preset or part)},
            "Outputs": outputs or {},
        }
        return Wanted(
            name=names.preset_stack(preset) if preset else names.stack(part),
            template=json.dumps({section: body for section, body in template.items() if body}),
            parameters={},
            tags={DEPLOYMENT_TAG: names.deployment},
            preset=preset,
            commit=commit,
            protected=protected,
        )

    return make
