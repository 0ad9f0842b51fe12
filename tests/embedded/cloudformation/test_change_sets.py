"""What a change set says before anything happens, and when it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

LOGS = "AWS::Logs::LogGroup"


def a_stack(days: int = 30, name: str = "/rockets", **resource: Any) -> dict[str, Any]:
    group = {"Type": LOGS, "Properties": {"LogGroupName": name, "RetentionInDays": days}, **resource}
    return {"Resources": {"Logs": group}, "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Logs", "Arn"]}}}}


def the_change(change_set: dict[str, Any], name: str = "Logs") -> dict[str, Any]:
    changes = [one["ResourceChange"] for one in change_set["Changes"]]
    return next(one for one in changes if one["LogicalResourceId"] == name)


def refusal(call: Any, *args: Any, **more: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(*args, **more)
    said = error.value.response["Error"]
    return f"{said['Code']}: {said['Message']}"


def test_a_create_change_set_leaves_the_stack_in_review_and_adds_every_resource(aws: Any) -> None:
    made = aws.change("rockets", a_stack())
    assert the_change(made)["Action"] == "Add"
    assert aws.stack("rockets")["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert aws.client("logs").describe_log_groups()["logGroups"] == []


def test_the_review_of_a_stack_can_be_deleted(aws: Any) -> None:
    aws.change("rockets", a_stack())
    assert aws.delete("rockets")["StackStatus"] == "DELETE_COMPLETE"


def test_an_executed_change_set_gives_outputs_and_events_newest_first(aws: Any) -> None:
    aws.deploy("rockets", a_stack())
    assert aws.outputs("rockets")["Arn"].endswith(":log-group:/rockets:*")
    assert aws.events("rockets") == [
        ("rockets", "REVIEW_IN_PROGRESS"),
        ("rockets", "CREATE_IN_PROGRESS"),
        ("Logs", "CREATE_IN_PROGRESS"),
        ("Logs", "CREATE_COMPLETE"),
        ("rockets", "CREATE_COMPLETE"),
    ]


def test_a_change_set_without_changes_fails_with_the_words_of_aws(aws: Any) -> None:
    aws.deploy("rockets", a_stack())
    made = aws.change("rockets", a_stack())
    assert (made["Status"], made["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    text = "The submitted information didn't contain changes. Submit different information to create a change set."
    assert made["StatusReason"] == text
    assert "InvalidChangeSetStatus" in refusal(aws.cloudformation.execute_change_set, ChangeSetName=made["ChangeSetId"])


def test_a_changed_property_is_a_modification_and_so_is_what_refers_to_a_replaced_resource(aws: Any) -> None:
    def both(name: str, days: int) -> dict[str, Any]:
        template = a_stack(days, name=name)
        given = {"Name": "copy", "Type": "String", "Value": {"Ref": "Logs"}}
        template["Resources"]["Copy"] = {"Type": "AWS::SSM::Parameter", "Properties": given}
        return template

    aws.deploy("rockets", both("/rockets", 30))
    in_place = aws.change("rockets", both("/rockets", 7), name="look")["Changes"]
    assert [(one["ResourceChange"]["LogicalResourceId"], one["ResourceChange"]["Action"]) for one in in_place] == [
        ("Logs", "Modify")
    ]
    replaced = aws.change("rockets", both("/boats", 30))
    assert (the_change(replaced)["Action"], the_change(replaced, "Copy")["Action"]) == ("Modify", "Modify")


def test_a_resource_that_left_the_template_or_whose_condition_is_false_is_removed(aws: Any) -> None:
    more = a_stack()
    more["Conditions"] = {"Wanted": {"Fn::Equals": [{"Ref": "Want"}, "yes"]}}
    more["Parameters"] = {"Want": {"Type": "String", "Default": "yes"}}
    more["Resources"]["Other"] = {"Type": LOGS, "Condition": "Wanted", "Properties": {"LogGroupName": "/other"}}
    aws.deploy("rockets", more)
    no = [{"ParameterKey": "Want", "ParameterValue": "no"}]
    assert the_change(aws.change("rockets", more, Parameters=no), "Other")["Action"] == "Remove"
    assert the_change(aws.change("rockets", a_stack(), name="two"), "Other")["Action"] == "Remove"


def test_an_output_alone_is_a_change_to_execute_without_resource_changes(aws: Any) -> None:
    aws.deploy("rockets", a_stack())
    template = a_stack()
    template["Outputs"]["More"] = {"Value": "1"}
    made = aws.change("rockets", template, name="look")
    assert (made["Status"], made["Changes"]) == ("CREATE_COMPLETE", [])
    aws.deploy("rockets", template)
    assert aws.outputs("rockets")["More"] == "1"


def test_a_policy_alone_is_a_change_and_holds_from_then_on(aws: Any) -> None:
    aws.deploy("rockets", a_stack())
    aws.deploy("rockets", a_stack(DeletionPolicy="Retain"))
    aws.delete("rockets")
    assert len(aws.client("logs").describe_log_groups()["logGroups"]) == 1


def test_stack_tags_reach_the_resources_below_their_own_and_change_with_the_stack(aws: Any) -> None:
    template = a_stack()
    template["Resources"]["Logs"]["Properties"]["Tags"] = [{"Key": "team", "Value": "rockets"}]
    tags = [{"Key": "team", "Value": "stack"}, {"Key": "deployment", "Value": "one"}]
    stack_id = aws.deploy("rockets", template, Tags=tags)["StackId"]
    arn = aws.outputs("rockets")["Arn"].removesuffix(":*")
    assert aws.client("logs").list_tags_for_resource(resourceArn=arn)["tags"] == {
        "team": "rockets",
        "deployment": "one",
        "aws:cloudformation:stack-name": "rockets",
        "aws:cloudformation:stack-id": stack_id,
        "aws:cloudformation:logical-id": "Logs",
    }
    aws.deploy("rockets", template, Tags=[{"Key": "deployment", "Value": "two"}])
    assert aws.client("logs").list_tags_for_resource(resourceArn=arn)["tags"]["deployment"] == "two"
    aws.deploy("rockets", a_stack(7))
    assert aws.stack("rockets")["Tags"] == [{"Key": "deployment", "Value": "two"}]


def test_a_change_set_name_is_taken_until_it_is_deleted_or_executed(aws: Any) -> None:
    aws.change("rockets", a_stack())
    assert "AlreadyExistsException" in refusal(aws.change, "rockets", a_stack(), ChangeSetType="CREATE")
    assert len(aws.cloudformation.list_change_sets(StackName="rockets")["Summaries"]) == 1
    aws.cloudformation.delete_change_set(StackName="rockets", ChangeSetName="change")
    aws.deploy("rockets", a_stack(), ChangeSetType="CREATE")
    aws.deploy("rockets", a_stack(7))


def test_an_executed_change_set_is_not_executed_again(aws: Any) -> None:
    made = aws.change("rockets", a_stack())
    aws.cloudformation.execute_change_set(ChangeSetName=made["ChangeSetId"])
    aws.settled("rockets")
    assert "InvalidChangeSetStatus" in refusal(aws.cloudformation.execute_change_set, ChangeSetName=made["ChangeSetId"])


def test_executing_makes_the_other_change_sets_vanish(aws: Any) -> None:
    aws.deploy("rockets", a_stack(30))
    other = aws.change("rockets", a_stack(7), name="other")
    aws.deploy("rockets", a_stack(14))
    assert "ChangeSetNotFound" in refusal(aws.cloudformation.describe_change_set, ChangeSetName=other["ChangeSetId"])


def test_executing_again_with_the_same_token_does_nothing(aws: Any) -> None:
    made = aws.change("rockets", a_stack())
    for _ in range(2):
        aws.cloudformation.execute_change_set(ChangeSetName=made["ChangeSetId"], ClientRequestToken="once")
    aws.settled("rockets")
    assert "InvalidChangeSetStatus" in refusal(
        aws.cloudformation.execute_change_set, ChangeSetName=made["ChangeSetId"], ClientRequestToken="twice"
    )


def test_making_one_again_with_the_same_token_gives_the_same(aws: Any) -> None:
    given = {"StackName": "rockets", "ChangeSetName": "one", "ChangeSetType": "CREATE"}
    given["TemplateBody"] = json.dumps(a_stack())
    first, again = (aws.cloudformation.create_change_set(**given, ClientToken="once") for _ in range(2))
    assert again["Id"] == first["Id"]
    assert "AlreadyExists" in refusal(aws.cloudformation.create_change_set, **given, ClientToken="twice")
    assert "AlreadyExists" in refusal(aws.cloudformation.create_change_set, **given)


def test_update_needs_a_stack_and_create_needs_none(aws: Any) -> None:
    assert "does not exist" in refusal(aws.change, "rockets", a_stack(), ChangeSetType="UPDATE")
    aws.deploy("rockets", a_stack())
    assert "can not be created again" in refusal(aws.change, "rockets", a_stack(), ChangeSetType="CREATE")


def test_a_type_cannot_change(aws: Any) -> None:
    aws.deploy("rockets", a_stack())
    other = {"Resources": {"Logs": {"Type": "AWS::SQS::Queue"}}}
    assert "Update of resource type is not permitted" in refusal(aws.change, "rockets", other)


def test_iam_needs_to_be_acknowledged(aws: Any) -> None:
    role = {"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}}}
    refused = refusal(aws.change, "s", role, Capabilities=["CAPABILITY_IAM"])
    assert refused == "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]"


def test_a_template_may_come_from_s3(aws: Any) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates", Key="a/rockets.json", Body=json.dumps(a_stack()).encode())
    aws.deploy("rockets", None, TemplateURL=f"{aws.url}/templates/a/rockets.json")
    missing = f"{aws.url}/templates/none.json"
    assert "S3 error: The specified key does not exist" in refusal(aws.change, "s", None, TemplateURL=missing)
    elsewhere = "https://templates.s3.amazonaws.com/a/rockets.json"
    assert "must be a supported URL" in refusal(aws.change, "s", None, TemplateURL=elsewhere)
    assert "Either Template URL or Template Body" in refusal(aws.change, "s", None)


def test_a_body_above_51200_bytes_must_come_from_s3(aws: Any) -> None:
    template = a_stack()
    template["Description"] = "x" * 51_200
    assert "51200" in refusal(aws.change, "rockets", template)


def test_get_template_returns_the_text_as_it_was_given(aws: Any) -> None:
    text = json.dumps(a_stack(), indent=4)
    aws.deploy("rockets", text)
    assert aws.cloudformation.get_template(StackName="rockets")["TemplateBody"] == json.loads(text)
