from typing import Any

import pytest

from embedded.aws.server import EmbeddedAws
from generator.deployment.aws import connect
from generator.doctor import quotas
from generator.doctor.findings import Finding, Level
from generator.presets import Preset


def a_preset(name: str = "linux-x64", **fields: Any) -> Preset:
    given = {"name": name, "architecture": "x86_64", "instanceTypes": ["m7i.xlarge", "c7i.large"], **fields}
    return Preset.model_validate(given, by_alias=True)


def spot(value: float | None, *presets: Preset, max_runners: int = 10) -> list[Finding]:
    return list(quotas.spot(value, presets or (a_preset(),), max_runners))


@pytest.mark.parametrize(
    ("value", "level", "said"),
    [
        (1, Level.PROBLEM, "1 in this Region, a machine of linux-x64 needs 2: none can start"),
        (2, Level.WARNING, "2 in this Region, maxRunners: 10 needs 20 at least"),
        (19, Level.WARNING, "19 in this Region, maxRunners: 10 needs 20 at least"),
        (20, Level.OK, "20 in this Region"),
        (None, Level.WARNING, "unknown: Service Quotas does not tell"),
    ],
    ids=["too little for one", "enough for one", "for nearly all", "for all", "unknown"],
)
def test_spot_vcpus_are_held_against_the_smallest_machine(value: float | None, level: Level, said: str) -> None:
    assert [(row.level, row.said) for row in spot(value)] == [(level, said)]


def test_only_the_preset_that_cannot_start_is_a_problem() -> None:
    large = a_preset("large", instanceTypes=["m7i.8xlarge"])
    (row,) = spot(16, a_preset(), large)
    assert row.said == "16 in this Region, a machine of large needs 32: none can start"


def test_what_needs_no_spot_or_is_counted_by_another_quota_needs_none_of_it() -> None:
    others = (a_preset("bought", spotStrategy="onDemandOnly"), a_preset("gpu", instanceTypes=["g5.xlarge"]))
    assert [row.level for row in spot(0, *others)] == [Level.OK]


def test_images_are_built_on_demand_even_of_presets_that_run_on_spot_only() -> None:
    preset = a_preset(spotStrategy="spotOnly", image={"buildInstanceTypes": ["m7i.2xlarge"]})
    (row,) = quotas.on_demand(4, [preset])
    assert (row.level, row.said) == (Level.PROBLEM, "4 in this Region, a build of linux-x64 needs 8: none can start")


def test_machines_that_may_be_bought_need_on_demand_vcpus_too() -> None:
    preset = a_preset(instanceTypes=["m7i.4xlarge"], image={"buildInstanceTypes": ["m7i.large"]})
    assert [row.said for row in quotas.on_demand(8, [preset])] == [
        "8 in this Region, a machine of linux-x64 needs 16: none can start"
    ]
    assert [row.level for row in quotas.on_demand(16, [preset])] == [Level.OK]


@pytest.mark.parametrize(("value", "level"), [(10, Level.WARNING), (11, Level.OK), (None, Level.WARNING)])
def test_the_concurrency_of_a_new_account_is_a_warning(value: float | None, level: Level) -> None:
    assert quotas.concurrency(value).level is level


@pytest.mark.parametrize(
    ("types", "least"),
    [(["im4gn.large", "m7i.xlarge"], 2), (["g5.xlarge", "inf2.xlarge", "x2gd.medium", "p4d.24xlarge"], None)],
)
def test_only_standard_families_count(types: list[str], least: int | None) -> None:
    assert quotas.smallest_vcpu(types) == least


def test_a_quota_is_asked_of_service_quotas_and_unknown_where_it_has_none(embedded: EmbeddedAws) -> None:
    aws = connect("eu-west-1", make_client=embedded.client)
    embedded.quotas["ec2", "L-34B43A08"] = 640.0
    assert quotas.read(aws, quotas.SPOT) == 640
    assert quotas.read(aws, quotas.Quota(service="ec2", code="L-00000000", about="none")) is None
