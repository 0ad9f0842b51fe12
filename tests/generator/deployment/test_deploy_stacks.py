import signal
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from embedded.aws.faults import Fault
from embedded.aws.server import EmbeddedAws
from generator.deployment.aws import Aws
from generator.deployment.deploy import deploy
from generator.deployment.progress import Event, StackStarted
from generator.deployment.report import Outcome, Report
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from generator.deployment.wanted import WantedStacks

MakeStack = Callable[..., Wanted]


@pytest.fixture
def stacks(a_stack: MakeStack) -> WantedStacks:
    return WantedStacks(
        foundation=a_stack("foundation"),
        control_plane=a_stack("control-plane"),
        presets=(a_stack(preset="one"), a_stack(preset="two")),
    )


def outcomes(report: Report) -> list[Outcome]:
    return [result.outcome for result in report.results]


def test_every_stack_is_deployed_those_that_others_need_first(site: Site, stacks: WantedStacks) -> None:
    report = deploy(site, stacks, {})
    names = site.names
    assert [result.stack for result in report.results] == [
        names.stack("foundation"),
        names.stack("control-plane"),
        names.preset_stack("one"),
        names.preset_stack("two"),
    ]
    assert set(outcomes(report)) == {Outcome.CREATED}


def test_a_second_deployment_has_nothing_to_do(site: Site, stacks: WantedStacks) -> None:
    deploy(site, stacks, {})
    report = deploy(site, stacks, {})
    assert report.ok
    assert not report.changed


def test_a_broken_preset_stops_no_other(site: Site, aws: Aws, stacks: WantedStacks) -> None:
    aws.ssm.put_parameter(Name=f"/{site.names.deployment}/test/one", Value="taken", Type="String")
    report = deploy(site, stacks, {})
    assert not report.ok
    assert outcomes(report)[2:] == [Outcome.FAILED, Outcome.CREATED]


def test_presets_are_not_tried_when_what_they_need_is_broken(site: Site, aws: Aws, stacks: WantedStacks) -> None:
    aws.ssm.put_parameter(Name=f"/{site.names.deployment}/test/foundation", Value="taken", Type="String")
    report = deploy(site, stacks, {})
    assert outcomes(report) == [Outcome.FAILED, *[Outcome.SKIPPED] * 3]
    assert report.results[3].reason == f"not tried: {site.names.stack('foundation')} comes first"


def test_ctrl_c_skips_nothing_silently(site: Site, stacks: WantedStacks) -> None:
    site.pace.stop.set()
    report = deploy(site, stacks, {})
    assert outcomes(report) == [Outcome.INTERRUPTED, *[Outcome.SKIPPED] * 3]


def test_a_call_that_aws_denies_is_the_stacks_own_failure(
    site: Site, embedded: EmbeddedAws, stacks: WantedStacks
) -> None:
    fault = Fault(match="cloudformation.CreateChangeSet", code="AccessDenied", status=403, message="not yours")
    embedded.faults.add(fault)
    report = deploy(site, stacks, {})
    assert report.results[0].reason.startswith("CreateChangeSet was denied: not yours: use the role")


def test_ctrl_c_while_cloudformation_works_ends_the_command_alone(site: Site, stacks: WantedStacks) -> None:
    def interrupt(event: Event) -> None:
        if isinstance(event, StackStarted):
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            site.pace.stop.wait(30)

    report = deploy(replace(site, listener=interrupt), stacks, {})
    assert outcomes(report) == [Outcome.INTERRUPTED, *[Outcome.SKIPPED] * 3]
    assert deploy(replace(site, pace=replace(site.pace, stop=threading.Event())), stacks, {}).ok
