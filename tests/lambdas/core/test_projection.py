import json

import pytest

from lambdas.core.errors import ProjectionTooLargeError
from lambdas.core.projection import MAX_BYTES, check_size, projection
from tests.lambdas.makers import a_config, a_preset, a_state, at


def test_the_parameter_holds_the_preset_merged_with_its_ami() -> None:
    state = a_state(root_device_name="/dev/sda1", recipe_hash="aaaa", ami_built_at=at(1), version=7)
    assert json.loads(projection(a_config(), state)) == {
        "name": "linux-x64",
        "architecture": "x86_64",
        "platform": "linux",
        "amiId": "ami-00000000000000001",
        "instanceTypes": ["m7i.large"],
        "labels": [],
        "timeout": 60,
        "diskSizeGb": 50,
        "spotStrategy": "spotPreferred",
        "launchTemplateId": "lt-0123456789abcdef0",
        "launchTemplateVersion": "1",
        "rootDeviceName": "/dev/sda1",
        "recipeHash": "aaaa",
        "amiBuiltAt": "2026-11-23T12:01:00Z",
        "version": 7,
    }


def test_without_an_ami_all_that_follows_from_it_is_null() -> None:
    shown = json.loads(projection(a_config(), a_state(ami_id=None)))
    assert {key for key, value in shown.items() if value is None} == {
        "amiId",
        "rootDeviceName",
        "recipeHash",
        "amiBuiltAt",
    }


def test_letters_of_any_language_count_as_their_bytes() -> None:
    preset = a_preset(labels=("ä" * 1700,))
    assert "ä" in projection(a_config(preset=preset), a_state())
    with pytest.raises(ProjectionTooLargeError):
        check_size(a_preset(labels=("ä" * 2000,)))


def test_a_preset_that_could_pass_four_kilobytes_is_refused_by_name() -> None:
    check_size(a_preset(instance_types=("m7i.large",) * 100))
    with pytest.raises(ProjectionTooLargeError, match=r"linux-x64 .* at most 4096 .* shorten instanceTypes"):
        check_size(a_preset(instance_types=("m7i.large",) * 400))


def test_a_preset_that_passes_the_check_fits_whatever_its_state() -> None:
    most = max(count for count in range(200, 400) if fits(count))
    state = a_state(root_device_name="/dev/sda1", recipe_hash="0" * 16, ami_built_at=at(0.01), version=10**6)
    config = a_config(preset=a_preset(instance_types=("m7i.large",) * most))
    assert len(projection(config, state).encode()) <= MAX_BYTES


def fits(count: int) -> bool:
    try:
        check_size(a_preset(instance_types=("m7i.large",) * count))
    except ProjectionTooLargeError:
        return False
    return True
