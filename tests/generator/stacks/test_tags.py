"""Only what carries the deployment's tag is ever changed or removed: so everything that can carry it does."""

from collections.abc import Callable
from typing import Any

import pytest

Template = dict[str, Any]
PARTS = ("bootstrap", "foundation", "control-plane", "preset")
OWN = {"spot-runner:deployment": "spot-runner"}


def tags(resource: Template) -> dict[str, str]:
    found = resource.get("Properties", {}).get("Tags", {})
    return found if isinstance(found, dict) else {tag["Key"]: tag["Value"] for tag in found}


@pytest.mark.parametrize("part", PARTS)
def test_whatever_can_be_tagged_is(
    part: str, templates: dict[str, Template], schema_of: Callable[[str], Template]
) -> None:
    wanted = OWN | ({"spot-runner:preset": "linux-x64"} if part == "preset" else {})
    lacking = [
        name
        for name, resource in templates[part]["Resources"].items()
        if resource["Type"].startswith("AWS::")
        and schema_of(resource["Type"]).get("tagging", {}).get("taggable")
        and not wanted.items() <= tags(resource).items()
    ]
    assert lacking == []


def test_what_is_launched_or_built_is_tagged_too(templates: dict[str, Template]) -> None:
    resources = templates["preset"]["Resources"]
    own = {**OWN, "spot-runner:preset": "linux-x64"}
    template = resources["LaunchTemplate"]["Properties"]
    specifications = [*template["TagSpecifications"], *template["LaunchTemplateData"]["TagSpecifications"]]
    marked = {each["ResourceType"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in specifications}
    assert marked == dict.fromkeys(("launch-template", "instance", "volume", "network-interface"), own)
    assert resources["Infrastructure"]["Properties"]["ResourceTags"] == own
