import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.presets import Preset
from generator.recipe import ComponentDocument, recipe

MakePreset = Callable[..., Preset]
FULL: dict[str, Any] = {
    "additionalDockerImages": ["postgres:17", "redis:8"],
    "components": [{"name": "node", "run": "apt-get install --yes nodejs\n"}, {"name": "go", "run": "true"}],
    "testCommands": ["node --version"],
}


def recipe_hash(preset: Preset, deployment: str = "spot-runner") -> str:
    return recipe(preset, deployment=deployment).recipe_hash


NOT_BAKED = {
    "labels": {"labels": ["docker"]},
    "timeout": {"timeout": 120},
    "instance types": {"instanceTypes": ["c7i.xlarge"]},
    "spot strategy": {"spotStrategy": "spotOnly"},
    "runners at once": {"maxRunners": 7},
    "runner group": {"runnerGroup": "Builds"},
    "name": {"name": "other"},
    "schedule": {"image": FULL | {"schedule": "cron(0 4 ? * MON *)"}},
    "build instance types": {"image": FULL | {"buildInstanceTypes": ["m6i.large"]}},
    "AMIs kept": {"image": FULL | {"retain": 9}},
    "order of keys": {"image": dict(reversed(FULL.items()))},
    "a newline at a script's end": {"image": FULL | {"testCommands": ["node --version\n"]}},
}
BAKED = {
    "architecture": {"architecture": "arm64"},
    "room for Docker images": {"diskSizeGb": 200},
    "base": {"image": FULL | {"base": "ubuntu-22.04"}},
    "runner version": {"image": FULL | {"runnerVersion": "2.330.0"}},
    "one Docker image more": {"image": FULL | {"additionalDockerImages": ["postgres:17", "redis:8", "node:22"]}},
    "another tag": {"image": FULL | {"additionalDockerImages": ["postgres:18", "redis:8"]}},
    "order of Docker images": {"image": FULL | {"additionalDockerImages": ["redis:8", "postgres:17"]}},
    "order of components": {"image": FULL | {"components": FULL["components"][::-1]}},
    "a component's script": {"image": FULL | {"components": [{"name": "node", "run": "true"}]}},
    "a test": {"image": FULL | {"testCommands": ["node --version", "docker info"]}},
}


@pytest.mark.parametrize("change", NOT_BAKED.values(), ids=NOT_BAKED)
def test_what_is_not_baked_in_starts_no_build_ami_7(a_preset: MakePreset, change: dict[str, Any]) -> None:
    assert recipe_hash(a_preset(**({"image": FULL} | change))) == recipe_hash(a_preset(image=FULL))


@pytest.mark.parametrize("change", BAKED.values(), ids=BAKED)
def test_what_is_baked_in_starts_a_build_ami_7(a_preset: MakePreset, change: dict[str, Any]) -> None:
    assert recipe_hash(a_preset(**({"image": FULL} | change))) != recipe_hash(a_preset(image=FULL))


def test_a_larger_disk_starts_no_build_when_nothing_is_pulled_ahead_ami_7(a_preset: MakePreset) -> None:
    assert recipe_hash(a_preset(diskSizeGb=30)) == recipe_hash(a_preset(diskSizeGb=500))


def test_a_disk_smaller_than_the_amis_starts_a_build_ami_7(a_preset: MakePreset) -> None:
    assert recipe_hash(a_preset(diskSizeGb=20)) != recipe_hash(a_preset(diskSizeGb=500))


def test_the_deployments_name_is_not_baked_in(a_preset: MakePreset) -> None:
    preset = a_preset(image=FULL)
    assert recipe_hash(preset, "spot-runner") == recipe_hash(preset, "ci")


def test_a_recipe_hash_is_sixteen_hex_digits(a_preset: MakePreset) -> None:
    assert re.fullmatch("[0-9a-f]{16}", recipe_hash(a_preset()))


def component_name(component: str | dict[str, str]) -> str:
    return component if isinstance(component, str) else component["name"]


images = st.lists(st.sampled_from(["postgres:17", "redis:8", "node:22"]), unique=True, max_size=2)
arns = st.sampled_from([f"arn:aws:imagebuilder:eu-west-1:123456789012:component/{name}/1.0.0" for name in ("a", "b")])
scripts = st.sampled_from(["echo x", "echo y", "echo é"])
own = st.fixed_dictionaries({"name": st.sampled_from("ab"), "run": scripts})
presets: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["one", "two"]),
        "architecture": st.sampled_from(["x86_64", "arm64"]),
        "timeout": st.sampled_from([60, 90]),
        "diskSizeGb": st.sampled_from([20, 50, 80]),
        "image": st.fixed_dictionaries(
            {
                "base": st.sampled_from(["ubuntu-24.04", "ubuntu-22.04", "ami-0123456789abcdef0"]),
                "runnerVersion": st.sampled_from(["latest", "2.330.0"]),
                "additionalDockerImages": images,
                "components": st.lists(
                    own | arns, max_size=2, unique_by=lambda c: c if isinstance(c, str) else c["name"]
                ),
                "testCommands": st.lists(st.sampled_from(["true", "false"]), unique=True, max_size=2),
                "retain": st.sampled_from([3, 5]),
            }
        ),
    }
)
STEPS_OF_AN_IMAGE = ("base", "runner_version", "additional_docker_images", "components", "test_commands")


@settings(max_examples=100, deadline=None)
@given(presets, st.data())
def test_equal_hashes_mean_equal_instructions(
    a_preset: MakePreset, fields: dict[str, Any], data: st.DataObject
) -> None:
    other = data.draw(presets)
    image = {key: data.draw(st.sampled_from([value, other["image"][key]])) for key, value in fields["image"].items()}
    mixed = {key: data.draw(st.sampled_from([value, other[key]])) for key, value in fields.items() if key != "image"}
    one, two = a_preset(**fields), a_preset(**mixed, image=image)

    def baked(preset: Preset) -> tuple[object, ...]:
        # An AMI of one's own has an architecture by itself: the preset's still decides which runner goes in.
        room = preset.disk_size_gb if preset.image.additional_docker_images else min(preset.disk_size_gb, 30)
        return preset.architecture, room, *(getattr(preset.image, field) for field in STEPS_OF_AN_IMAGE)

    assert (recipe_hash(one) == recipe_hash(two)) == (baked(one) == baked(two))


UBUNTU = "ssm:/aws/service/canonical/ubuntu/server"


@pytest.mark.parametrize(
    ("base", "architecture", "parent"),
    [
        ("ubuntu-24.04", "x86_64", f"{UBUNTU}/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"),
        ("ubuntu-24.04", "arm64", f"{UBUNTU}/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id"),
        ("ubuntu-22.04", "x86_64", f"{UBUNTU}/22.04/stable/current/amd64/hvm/ebs-gp2/ami-id"),
        ("ami-0123456789abcdef0", "x86_64", "ami-0123456789abcdef0"),
        ("ssm:/imagebuilder/golden/ubuntu", "arm64", "ssm:/imagebuilder/golden/ubuntu"),
    ],
    ids=["24.04 on x86_64", "24.04 on arm64", "22.04", "an AMI", "a parameter"],
)
def test_a_base_is_a_parent_image(a_preset: MakePreset, base: str, architecture: str, parent: str) -> None:
    made = recipe(a_preset(architecture=architecture, image={"base": base}), deployment="spot-runner")
    assert made.parent_image == parent


@pytest.mark.parametrize(
    ("disk_size", "docker_images", "volume"),
    [(200, [], 30), (20, [], 20), (200, ["postgres:17"], 200)],
    ids=["a big disk is grown at launch", "a small disk", "images need their room while they are pulled"],
)
def test_the_build_volume_is_as_big_as_needed(
    a_preset: MakePreset, disk_size: int, docker_images: list[str], volume: int
) -> None:
    preset = a_preset(diskSizeGb=disk_size, image={"additionalDockerImages": docker_images})
    assert recipe(preset, deployment="spot-runner").volume_gib == volume


def test_components_are_named_after_deployment_and_preset(a_preset: MakePreset) -> None:
    first, *_ = recipe(a_preset(), deployment="ci").components
    assert isinstance(first, ComponentDocument)
    assert first.name == "ci-preset-linux-x64-base"


def test_names_of_components_fit_into_image_builder(a_preset: MakePreset) -> None:
    long = a_preset(name="p" * 40, image={"components": [{"name": "c" * 40, "run": "true"}]})
    made = recipe(long, deployment="d" * 20).components
    pattern = "[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]"  # CreateComponent
    assert all(re.fullmatch(pattern, part.name) for part in made if isinstance(part, ComponentDocument))
