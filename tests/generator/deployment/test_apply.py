from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from embedded.aws.faults import Fault
from embedded.aws.server import EmbeddedAws
from generator.deployment import change_sets, stack_client
from generator.deployment.apply import apply
from generator.deployment.aws import Aws
from generator.deployment.progress import Event as Progress
from generator.deployment.progress import StackStarted
from generator.deployment.report import Outcome
from generator.deployment.site import Site
from generator.deployment.stack import Wanted
from lambdas.core.names import DEPLOYMENT_TAG, Names

MakeStack = Callable[..., Wanted]
MakeResource = Callable[..., dict[str, Any]]


def status(site: Site, wanted: Wanted) -> str | None:
    stack = stack_client.read(site.aws, wanted.name)
    return stack.status if stack else None


def actions(heard: list[Progress]) -> list[str]:
    return [event.action for event in heard if isinstance(event, StackStarted)]


def break_next(embedded: EmbeddedAws, skip: int = 0, times: int = 1) -> None:
    fault = Fault(match="ssm.PutParameter", code="ValidationException", status=400, skip=skip, times=times)
    embedded.faults.add(fault)


def test_a_stack_that_is_not_there_is_created(site: Site, a_stack: MakeStack) -> None:
    assert apply(site, a_stack()).outcome is Outcome.CREATED


def test_what_is_deployed_already_is_not_touched_again(site: Site, a_stack: MakeStack, heard: list[Progress]) -> None:
    apply(site, a_stack())
    heard.clear()
    assert apply(site, a_stack()).outcome is Outcome.UNCHANGED
    assert actions(heard) == []


def test_a_changed_template_is_an_update(site: Site, a_stack: MakeStack, a_parameter: MakeResource) -> None:
    apply(site, a_stack())
    changed = a_stack(resources={"Only": a_parameter("foundation", value="2")})
    assert apply(site, changed).outcome is Outcome.UPDATED


def test_a_template_that_someone_edited_in_aws_is_brought_back(
    site: Site, aws: Aws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    wanted = a_stack()
    apply(site, wanted)
    edited = a_stack(resources={"Only": a_parameter("foundation", value="edited")})
    apply(site, edited)
    assert apply(site, wanted).outcome is Outcome.UPDATED
    assert aws.ssm.get_parameter(Name=f"/{site.names.deployment}/test/foundation")["Parameter"]["Value"] == "1"


def test_a_value_behind_an_ssm_parameter_that_moved_is_an_update(
    site: Site, aws: Aws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    source = f"/{site.names.deployment}/stack/source"
    declared = {"Source": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": source}}
    wanted = a_stack(resources={"Only": a_parameter("copy", value={"Ref": "Source"})}, declared=declared)
    aws.ssm.put_parameter(Name=source, Value="old", Type="String")
    apply(site, wanted)
    assert apply(site, wanted).outcome is Outcome.UNCHANGED
    aws.ssm.put_parameter(Name=source, Value="new", Type="String", Overwrite=True)
    assert apply(site, wanted).outcome is Outcome.UPDATED
    assert aws.ssm.get_parameter(Name=f"/{site.names.deployment}/test/copy")["Parameter"]["Value"] == "new"


def test_a_commit_alone_changes_nothing(site: Site, a_stack: MakeStack, a_parameter: MakeResource) -> None:
    declared = {"Commit": {"Type": "String", "Default": "none"}}
    resources = {"Only": a_parameter("commit", value={"Ref": "Commit"})}
    apply(site, a_stack(resources=resources, declared=declared, commit="first"))
    assert apply(site, a_stack(resources=resources, declared=declared, commit="second")).outcome is Outcome.UNCHANGED


def test_a_commit_goes_along_with_another_change(
    site: Site, aws: Aws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    declared = {"Commit": {"Type": "String", "Default": "none"}}
    resources = {"Only": a_parameter("commit", value={"Ref": "Commit"})}
    apply(site, a_stack(resources=resources, declared=declared, commit="first"))
    more = {**resources, "More": a_parameter("more")}
    apply(site, a_stack(resources=more, declared=declared, commit="second"))
    assert aws.ssm.get_parameter(Name=f"/{site.names.deployment}/test/commit")["Parameter"]["Value"] == "second"


def test_a_stack_that_fails_names_the_resource_and_its_own_reason(
    site: Site, aws: Aws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    aws.ssm.put_parameter(Name=f"/{site.names.deployment}/test/taken", Value="mine", Type="String")
    wanted = a_stack(resources={"Fine": a_parameter("fine"), "Broken": a_parameter("taken")})
    result = apply(site, wanted)
    assert result.outcome is Outcome.FAILED
    assert result.reason.startswith("Broken (AWS::SSM::Parameter):")
    assert "already exists" in result.reason


def test_a_first_creation_that_failed_is_removed_and_made_again(
    site: Site, embedded: EmbeddedAws, a_stack: MakeStack, heard: list[Progress]
) -> None:
    break_next(embedded)
    assert apply(site, a_stack()).outcome is Outcome.FAILED
    assert status(site, a_stack()) == "ROLLBACK_COMPLETE"
    assert apply(site, a_stack()).outcome is Outcome.CREATED
    assert "removing the failed first creation" in actions(heard)


def test_an_update_that_failed_is_rolled_back_and_can_be_repeated(
    site: Site, embedded: EmbeddedAws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    apply(site, a_stack())
    changed = a_stack(resources={"Only": a_parameter("foundation", value="2")})
    break_next(embedded)
    assert apply(site, changed).outcome is Outcome.FAILED
    assert status(site, changed) == "UPDATE_ROLLBACK_COMPLETE"
    assert apply(site, changed).outcome is Outcome.UPDATED


def test_going_back_to_what_a_rollback_restored_changes_nothing(
    site: Site, aws: Aws, embedded: EmbeddedAws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    before = a_stack()
    apply(site, before)
    break_next(embedded)
    apply(site, a_stack(resources={"Only": a_parameter("foundation", value="2")}))
    assert apply(site, before).outcome is Outcome.UNCHANGED
    left = aws.cloudformation.list_change_sets(StackName=before.name)["Summaries"]
    assert [one for one in left if one["Status"] == "FAILED"] == []


def test_a_rollback_that_got_stuck_is_finished_before_the_update(
    site: Site,
    embedded: EmbeddedAws,
    a_stack: MakeStack,
    a_parameter: MakeResource,
    heard: list[Progress],
) -> None:
    first = a_parameter("first", value="1")
    second = a_parameter("second", value="1", DependsOn="First")
    apply(site, a_stack(resources={"First": first, "Second": second}))
    changed = a_stack(
        resources={"First": a_parameter("first", value="2"), "Second": a_parameter("second", "2", DependsOn="First")}
    )
    break_next(embedded, skip=1, times=2)  # the update of Second, then the way back of one of them
    assert apply(site, changed).outcome is Outcome.FAILED
    assert status(site, changed) == "UPDATE_ROLLBACK_FAILED"
    embedded.faults.clear()
    assert apply(site, changed).outcome is Outcome.UPDATED
    assert "finishing a rollback that got stuck" in actions(heard)


def test_a_command_killed_before_it_executed_its_change_set_can_be_repeated(
    site: Site, aws: Aws, a_stack: MakeStack
) -> None:
    wanted = a_stack()
    request = change_sets.Request(wanted=wanted, kind="CREATE", tags=tuple(wanted.tags.items()))
    change_sets.make(aws, request, site.pace)
    assert status(site, wanted) == "REVIEW_IN_PROGRESS"
    assert apply(site, wanted).outcome is Outcome.CREATED


def test_a_command_killed_between_change_set_and_execution_of_an_update_can_be_repeated(
    site: Site, aws: Aws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    apply(site, a_stack())
    changed = a_stack(resources={"Only": a_parameter("foundation", value="2")})
    request = change_sets.Request(wanted=changed, kind="UPDATE", tags=tuple(changed.tags.items()))
    change_sets.make(aws, request, site.pace)
    assert apply(site, changed).outcome is Outcome.UPDATED
    left = aws.cloudformation.list_change_sets(StackName=changed.name)["Summaries"]
    assert [one["ChangeSetName"] for one in left if one["ExecutionStatus"] == "AVAILABLE"] == []


def test_a_command_killed_while_cloudformation_works_waits_for_it_when_repeated(
    site: Site, aws: Aws, embedded: EmbeddedAws, a_stack: MakeStack, heard: list[Progress]
) -> None:
    wanted = a_stack()
    request = change_sets.Request(wanted=wanted, kind="CREATE", tags=tuple(wanted.tags.items()))
    made = change_sets.make(aws, request, site.pace)
    assert made is not None
    embedded.faults.add(Fault(match="ssm.PutParameter", effect="delay", delay_seconds=1, times=1))
    change_sets.execute(aws, made)
    assert apply(site, wanted).outcome is Outcome.UNCHANGED
    assert actions(heard) == ["waiting for CREATE_IN_PROGRESS"]


@pytest.mark.parametrize("call", ["CreateChangeSet", "ExecuteChangeSet"])
def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_happens_twice(
    site: Site, embedded: EmbeddedAws, a_stack: MakeStack, a_parameter: MakeResource, call: str
) -> None:
    apply(site, a_stack())
    changed = a_stack(resources={"Only": a_parameter("foundation", value="2")})
    embedded.faults.add(Fault(match=f"cloudformation.{call}", effect="drop", when="after", times=1))
    result = apply(site, changed)
    assert (result.outcome, result.reason) == (Outcome.UPDATED, "")
    assert embedded.faults.struck == [(f"cloudformation.{call}", "drop", "after")]


def test_a_rollback_whose_continuation_was_not_answered_is_continued_once(
    site: Site, embedded: EmbeddedAws, a_stack: MakeStack, a_parameter: MakeResource
) -> None:
    first, second = a_parameter("first", value="1"), a_parameter("second", value="1", DependsOn="First")
    apply(site, a_stack(resources={"First": first, "Second": second}))
    later = a_parameter("second", "2", DependsOn="First")
    changed = a_stack(resources={"First": a_parameter("first", value="2"), "Second": later})
    break_next(embedded, skip=1, times=2)  # the update of Second, then the way back of one of them
    apply(site, changed)
    embedded.faults.clear()
    embedded.faults.add(Fault(match="cloudformation.ContinueUpdateRollback", effect="drop", when="after", times=1))
    assert apply(site, changed).outcome is Outcome.UPDATED
    assert len(embedded.faults.struck) == 1


def test_an_interrupted_command_leaves_cloudformation_to_finish(
    site: Site, a_stack: MakeStack, heard: list[Progress]
) -> None:
    wanted = a_stack()

    def interrupt(event: Progress) -> None:
        if isinstance(event, StackStarted):
            site.pace.stop.set()

    assert apply(replace(site, listener=interrupt), wanted).outcome is Outcome.INTERRUPTED
    stack = stack_client.read(site.aws, wanted.name)
    assert stack is not None
    settled = stack_client.settled(site.aws, stack.stack_id, replace(site.pace, stop=Event()), heard.append)
    assert settled is not None
    assert settled.status == "CREATE_COMPLETE"


def test_a_stack_of_somebody_else_is_not_touched(site: Site, a_stack: MakeStack) -> None:
    theirs = replace(a_stack(), tags={DEPLOYMENT_TAG: "theirs"})
    apply(replace(site, names=Names(deployment="theirs")), theirs)
    result = apply(site, a_stack())
    assert result.outcome is Outcome.FAILED
    assert "is not of this deployment: its tag spot-runner:deployment is 'theirs'" in result.reason


@pytest.mark.parametrize("protected", [True, False])
def test_a_stack_is_protected_from_deletion_if_it_is_to_be(site: Site, a_stack: MakeStack, *, protected: bool) -> None:
    wanted = a_stack(protected=protected)
    apply(site, wanted)
    assert stack_client.read(site.aws, wanted.name).protected is protected


def test_protection_that_someone_lifted_comes_back(site: Site, aws: Aws, a_stack: MakeStack) -> None:
    wanted = a_stack(protected=True)
    apply(site, wanted)
    aws.cloudformation.update_termination_protection(StackName=wanted.name, EnableTerminationProtection=False)
    assert apply(site, wanted).outcome is Outcome.UNCHANGED
    assert stack_client.read(site.aws, wanted.name).protected


def test_the_decision_of_a_preset_is_in_the_result(site: Site, a_stack: MakeStack) -> None:
    wanted = a_stack(preset="linux", outputs={"Decision": {"Value": "building the first AMI"}})
    assert apply(site, wanted).decision == "building the first AMI"
