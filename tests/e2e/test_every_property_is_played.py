"""The embedded AWS handles every resource type and property of the committed templates, and refuses any other."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.aws.cloudformation import steps, templates
from embedded.aws.cloudformation.errors import RefusedError

TEMPLATES = sorted((Path(__file__).parents[2] / "templates_out").glob("*.json"))


def properties() -> Iterator[tuple[str, str]]:
    """Yield each (type, property) once."""
    seen = set()
    for path in TEMPLATES:
        for resource in json.loads(path.read_text())["Resources"].values():
            for name in resource.get("Properties", {}):
                if (resource["Type"], name) not in seen:
                    seen.add((resource["Type"], name))
                    yield resource["Type"], name


PROPERTIES = list(properties())


def test_there_is_much_to_handle() -> None:
    assert len({kind for kind, _ in PROPERTIES}) > 30
    assert len(PROPERTIES) > 150


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_type_and_property_of_a_template_is_handled(path: Path) -> None:
    steps.check(templates.parse(path.read_text()))


@pytest.mark.parametrize(("kind", "name"), PROPERTIES, ids=str)
def test_a_property_is_handled_by_its_name_and_not_by_ignoring_it(kind: str, name: str) -> None:
    template: dict[str, Any] = {"Resources": {"Thing": {"Type": kind, "Properties": {name: "x"}}}}
    steps.check(templates.parse(json.dumps(template)))
    if kind.startswith("Custom::"):  # whatever a custom resource is told reaches its function
        return
    template["Resources"]["Thing"]["Properties"] = {f"{name}Unknown": "x"}
    with pytest.raises(RefusedError, match=f"{name}Unknown"):
        steps.check(templates.parse(json.dumps(template)))


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(RefusedError, match="AWS::Neptune::DBCluster"):
        steps.check(templates.parse('{"Resources": {"Thing": {"Type": "AWS::Neptune::DBCluster"}}}'))
