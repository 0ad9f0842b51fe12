import json

import pytest

from lambdas.core import preset
from lambdas.core.errors import InvalidRequestError
from lambdas.core.preset import Preset
from tests.lambdas.makers import preset_json

LEAST = {"name": "linux-x64", "architecture": "arm64", "instanceTypes": ["m7g.large"]}


def test_a_preset_is_read_as_it_was_written() -> None:
    assert (
        json.dumps(preset.to_json(preset.parse(preset_json())), sort_keys=True, separators=(",", ":")) == preset_json()
    )


def test_what_another_release_does_not_say_takes_its_documented_default() -> None:
    assert preset.parse(json.dumps(LEAST)) == Preset(
        name="linux-x64",
        architecture="arm64",
        instance_types=("m7g.large",),
        platform="linux",
        labels=(),
        timeout=60,
        disk_size_gb=50,
        spot_strategy="spotPreferred",
        max_runners=50,
        runner_group="Default",
        schedule_interval_minutes=10080,
        sizes=(),
    )


@pytest.mark.parametrize(
    ("said", "platform"),
    [(None, "linux"), ("", "linux"), ("windows", "windows"), ("Windows", "windows")],
)
def test_ec2_names_windows_alone(said: str | None, platform: str) -> None:
    assert preset.platform_in_ec2(said) == platform


def test_what_another_release_says_beyond_it_is_ignored() -> None:
    assert preset.parse(json.dumps({**LEAST, "warmPool": {"size": 3}})) == preset.parse(json.dumps(LEAST))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Preset is not JSON"),
        ("[]", "Preset is []"),
        (json.dumps({**LEAST, "name": None}), "Preset.name is missing"),
        (json.dumps({**LEAST, "name": "../up"}), "Preset.name is '../up'"),
        (json.dumps({**LEAST, "name": "a" * 41}), "at most 40"),
        (json.dumps({**LEAST, "name": "-a"}), "Preset.name is '-a'"),
        (json.dumps({**LEAST, "architecture": "mips"}), "'mips', expected x86_64 or arm64"),
        (json.dumps({**LEAST, "instanceTypes": []}), "Preset.instanceTypes is empty"),
        (json.dumps({**LEAST, "instanceTypes": "m7i.large"}), "expected a list of texts"),
        (json.dumps({**LEAST, "labels": [1]}), "Preset.labels is [1]"),
        (json.dumps({**LEAST, "timeout": "60"}), "Preset.timeout is '60', expected a whole number"),
        (json.dumps({**LEAST, "timeout": True}), "Preset.timeout is True"),
        (json.dumps({**LEAST, "maxRunners": -1}), "Preset.maxRunners is -1"),
        (json.dumps({**LEAST, "sizes": ["m7g.large"]}), "Preset.sizes is ['m7g.large'], expected an object"),
        (json.dumps({**LEAST, "sizes": {"m7g.large": 2}}), "Preset.sizes.m7g.large is 2, expected vcpu and memoryMib"),
        (json.dumps({**LEAST, "sizes": {"m7g.large": {"vcpu": "2"}}}), "Preset.vcpu is '2', expected a whole number"),
    ],
)
def test_a_preset_that_cannot_be_is_refused_with_field_and_value(text: str, said: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        preset.parse(text)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
