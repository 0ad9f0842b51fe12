import json
from typing import Any

import pytest

from lambdas.core import image_events
from lambdas.core.errors import InvalidEventError
from lambdas.core.image_events import BuildEvent, Ignored, PipelineEvent, Site
from lambdas.core.names import Names
from tests.lambdas.makers import ACCOUNT, OWN, PIPELINE, REGION, a_state_change, at, build_arn

SITE = Site(names=Names(deployment="spot-runner"), partition="aws", region=REGION, account=ACCOUNT)
DISABLED = "EC2 Image Builder Image Pipeline Automatically Disabled"


def parsed(**changes: Any) -> BuildEvent | PipelineEvent | Ignored:
    return image_events.parse(json.dumps(a_state_change(**changes)), SITE)


def test_a_state_change_says_which_build_when_and_what() -> None:
    assert parsed() == BuildEvent(build_arn=build_arn(), status="AVAILABLE", at=at(20))


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param(f"{OWN}:image/webstack-linux-x64/1.0.0/1", id="another team's recipe that ends like a preset"),
        pytest.param(f"{OWN}:image/spot-runner-ubuntu-22-04/1.0.0/1", id="a recipe that only begins like ours"),
        pytest.param(f"{OWN}:image/spot-runner-2-preset-linux-x64/1.0.0/1", id="another deployment"),
        pytest.param(f"{OWN}:image/spot-runner-preset-/1.0.0/1", id="no preset at all"),
        pytest.param(f"{OWN}:image/spot-runner-preset-linux-x64/1.0.0", id="a version, not a build"),
        pytest.param(build_arn().replace(ACCOUNT, "999999999999"), id="another account"),
        pytest.param(build_arn().replace(REGION, "us-east-1"), id="another Region"),
        pytest.param(build_arn().replace("arn:aws:", "arn:aws-cn:"), id="another partition"),
    ],
)
def test_an_event_of_somebody_elses_image_is_ignored_ami_4(arn: str) -> None:
    assert isinstance(parsed(resources=[arn]), Ignored)


def test_the_preset_is_the_whole_name_behind_the_prefix_ami_4() -> None:
    assert SITE.preset_of(PIPELINE, "image-pipeline") == "linux-x64"
    assert SITE.preset_of(PIPELINE.removesuffix("-x64"), "image-pipeline") == "linux"
    assert SITE.preset_of(PIPELINE, "image") is None
    assert SITE.preset_of(None, "image-pipeline") is None


@pytest.mark.parametrize(
    "kind", ["EC2 Image Builder CVE Detected", "EC2 Image Builder Workflow Step Waiting", "Scheduled Event"]
)
def test_other_events_of_image_builder_are_ignored(kind: str) -> None:
    assert isinstance(parsed(**{"detail-type": kind}), Ignored)


def test_an_event_of_another_service_is_ignored() -> None:
    assert isinstance(parsed(source="my.own"), Ignored)


def test_a_disabled_pipeline_says_how_often_it_failed_as_a_text() -> None:
    event = parsed(**{"detail-type": DISABLED, "resources": [PIPELINE], "detail": {"consecutive-failures": "5"}})
    assert event == PipelineEvent(preset_name="linux-x64", pipeline_arn=PIPELINE, consecutive_failures=5, at=at(20))


def test_a_disabled_pipeline_of_another_team_is_ignored_ami_4() -> None:
    changes = {"resources": [f"{OWN}:image-pipeline/webstack"], "detail": {"consecutive-failures": "5"}}
    assert isinstance(parsed(**{"detail-type": DISABLED}, **changes), Ignored)


@pytest.mark.parametrize("body", ["", "not JSON", "[]", '"text"', "null", "\ud800"])
def test_a_message_that_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(InvalidEventError, match="the message is"):
        image_events.parse(body, SITE)


@pytest.mark.parametrize("changes", [{"resources": []}, {"detail": {}}, {"time": "soon"}, {"detail": None}])
def test_an_event_that_lacks_what_it_must_have_is_refused_on_one_line(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidEventError, match=r"^EC2 Image Builder Image State Change lacks .*$"):
        parsed(**changes)
