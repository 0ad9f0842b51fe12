"""Stacks as pollers and waiters see them: in progress, protected, deleted, as a role, side by side."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.sts.models import sts_backends

TOKEN = "arn:aws:lambda:eu-west-1:123456789012:function:sync"
QUEUE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
HOOK = {"Resources": {"Hook": {"Type": "Custom::Hook", "Properties": {"ServiceToken": TOKEN}}}}


@pytest.fixture
def held(aws: Any) -> Any:
    """Hold a stack in CREATE_IN_PROGRESS until its custom resource is answered."""
    heard = threading.Event()
    aws.answer = lambda _: heard.set()
    aws.start("held", HOOK)
    assert heard.wait(10)
    aws.answer = lambda _: {}
    return aws


def test_executing_returns_at_once_and_the_progress_is_seen(held: Any) -> None:
    assert held.stack("held")["StackStatus"] == "CREATE_IN_PROGRESS"
    (resource,) = held.cloudformation.list_stack_resources(StackName="held")["StackResourceSummaries"]
    assert (resource["LogicalResourceId"], resource["ResourceStatus"]) == ("Hook", "CREATE_IN_PROGRESS")
    assert held.engine.busy
    held.reply(held.asked[0], {})
    held.settled("held")


def test_a_second_operation_on_a_busy_stack_is_refused(held: Any) -> None:
    with pytest.raises(ClientError, match="CREATE_IN_PROGRESS state and can not be deleted"):
        held.cloudformation.delete_stack(StackName="held")
    with pytest.raises(ClientError, match="CREATE_IN_PROGRESS state and can not be updated"):
        held.change("held", QUEUE)


def test_stacks_deploy_side_by_side(held: Any) -> None:
    for number in range(4):
        held.start(f"queue-{number}", QUEUE)
    for number in range(4):
        held.settled(f"queue-{number}")
    assert held.stack("held")["StackStatus"] == "CREATE_IN_PROGRESS"


def test_botocores_waiters_see_every_end(aws: Any) -> None:
    soon = {"Delay": 0, "MaxAttempts": 500}
    client = aws.cloudformation
    made = client.create_change_set(
        StackName="s",
        ChangeSetName="c",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}',
    )
    client.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig=soon)
    client.execute_change_set(ChangeSetName=made["Id"])
    client.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig=soon)
    aws.start("s", QUEUE)
    client.get_waiter("stack_update_complete").wait(StackName="s", WaiterConfig=soon)
    client.delete_stack(StackName="s")
    client.get_waiter("stack_delete_complete").wait(StackName="s", WaiterConfig=soon)


def test_a_protected_stack_is_not_deleted(aws: Any) -> None:
    aws.deploy("s", QUEUE)
    aws.cloudformation.update_termination_protection(StackName="s", EnableTerminationProtection=True)
    assert aws.stack("s")["EnableTerminationProtection"]
    with pytest.raises(ClientError, match="cannot be deleted while TerminationProtection is enabled"):
        aws.cloudformation.delete_stack(StackName="s")
    aws.cloudformation.update_termination_protection(StackName="s", EnableTerminationProtection=False)
    aws.delete("s")


def test_a_deleted_stack_is_found_by_its_id_only_and_its_name_is_free(aws: Any) -> None:
    stack_id = aws.deploy("s", QUEUE)["StackId"]
    aws.delete("s")
    assert aws.stack(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Stack with id s does not exist"):
        aws.stack("s")
    assert aws.deploy("s", QUEUE)["StackId"] != stack_id


def test_deleting_what_is_not_there_is_no_error(aws: Any) -> None:
    aws.cloudformation.delete_stack(StackName="never")


def test_deletion_goes_in_reverse_order_and_does_not_mind_what_is_gone(aws: Any) -> None:
    first = {"Type": "AWS::SQS::Queue"}
    aws.deploy("s", {"Resources": {"A": first, "B": {**first, "DependsOn": "A"}, "C": {**first, "DependsOn": "B"}}})
    aws.client("sqs").delete_queue(QueueUrl=aws.resources("s")["B"])
    stack_id = aws.delete("s")["StackId"]
    assert [name for name, status in aws.events(stack_id) if status == "DELETE_COMPLETE"] == ["C", "B", "A", "s"]


def test_a_failed_deletion_names_the_resource_and_keeps_what_it_needs(aws: Any) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "DependsOn": "Queue"}
    aws.deploy("s", {"Resources": {**QUEUE["Resources"], "Bucket": bucket}})
    name = aws.resources("s")["Bucket"]
    aws.client("s3").put_object(Bucket=name, Key="k", Body=b"1")
    stack = aws.delete("s", "DELETE_FAILED")
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [Bucket]. "
    assert set(aws.resources("s")) == {"Queue", "Bucket"}
    aws.client("s3").delete_object(Bucket=name, Key="k")
    aws.delete("s")


def test_a_stack_with_a_role_acts_as_that_role_from_then_on(aws: Any) -> None:
    document = '{"Version": "2012-10-17", "Statement": []}'
    arn = aws.client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    assert aws.deploy("s", QUEUE, RoleARN=arn)["RoleARN"] == arn
    aws.delete("s")
    assumed = [one.role_arn for one in sts_backends["123456789012"]["aws"].assumed_roles]
    assert set(assumed) == {arn}
    assert len(assumed) >= 3


def test_a_role_that_does_not_exist_is_refused(aws: Any) -> None:
    with pytest.raises(ClientError, match="is invalid or cannot be assumed"):
        aws.change("s", QUEUE, RoleARN="arn:aws:iam::123456789012:role/none")


def test_the_generated_secret_is_made_once(aws: Any) -> None:
    properties: dict[str, Any] = {"GenerateSecretString": {"PasswordLength": 40, "ExcludePunctuation": True}}
    template = {"Resources": {"S": {"Type": "AWS::SecretsManager::Secret", "Properties": properties}}}
    aws.deploy("s", template)
    client, arn = aws.client("secretsmanager"), aws.resources("s")["S"]
    first = client.get_secret_value(SecretId=arn)["SecretString"]
    assert len(first) == 40
    properties["Description"] = "new"
    aws.deploy("s", template)
    assert client.get_secret_value(SecretId=arn)["SecretString"] == first
    properties["GenerateSecretString"]["PasswordLength"] = 50
    aws.deploy("s", template)
    assert len(client.get_secret_value(SecretId=arn)["SecretString"]) == 50
