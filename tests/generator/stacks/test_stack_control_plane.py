"""What runs, what starts it, and what watches it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from troposphere import awslambda

from generator.render import parameters
from generator.stacks import control_plane

Template = dict[str, Any]
OfType = Callable[[Template, str], dict[str, Template]]
Resolve = Callable[[Template, object], Any]
HERE = "arn:aws:imagebuilder:eu-west-1:123456789012"


@pytest.fixture
def plane(templates: dict[str, Template]) -> Template:
    return templates["control-plane"]


@pytest.fixture
def matches(plane: Template, resolved: Resolve) -> Callable[[str, str], bool]:
    """Return a function that tells whether an event rule matches an event about a resource."""

    def match(rule: str, resource: str) -> bool:
        pattern = resolved(plane, plane["Resources"][rule]["Properties"]["EventPattern"])
        assert set(pattern) == {"source", "detail-type", "resources"}
        return any(resource.startswith(each["prefix"]) for each in pattern["resources"])

    return match


OWN = [
    f"{HERE}:image/spot-runner-preset-linux-x64/1.0.0/1",
    f"{HERE}:image/spot-runner-preset-ubuntu-22-04/1.0.3/2",
]
FOREIGN = [
    f"{HERE}:image/webstack-linux-x64/1.0.0/1",
    f"{HERE}:image/spot-runner-ubuntu-22-04/1.0.0/1",
    f"{HERE}:image/my-spot-runner-preset-linux/1.0.0/1",
    f"{HERE}:image/spot-runner-2-preset-linux/1.0.0/1",
    "arn:aws:imagebuilder:eu-west-1:210987654321:image/spot-runner-preset-linux-x64/1.0.0/1",
    "arn:aws:imagebuilder:us-east-1:123456789012:image/spot-runner-preset-linux-x64/1.0.0/1",
]


@pytest.mark.parametrize("image", OWN)
def test_the_rule_hears_of_this_deployments_images_ami_4(image: str, matches: Callable[[str, str], bool]) -> None:
    assert matches("ImageStateRule", image)


@pytest.mark.parametrize("image", FOREIGN)
def test_the_rule_hears_of_nobody_elses_images_ami_4(image: str, matches: Callable[[str, str], bool]) -> None:
    assert not matches("ImageStateRule", image)


def test_the_rule_for_pipelines_hears_of_this_deployments_only_ami_4(matches: Callable[[str, str], bool]) -> None:
    assert matches("PipelineDisabledRule", f"{HERE}:image-pipeline/spot-runner-preset-linux-x64")
    assert not matches("PipelineDisabledRule", f"{HERE}:image-pipeline/webstack-linux-x64")


def test_events_of_images_and_pipelines_go_to_one_queue(plane: Template) -> None:
    rules = ("ImageStateRule", "PipelineDisabledRule")
    targets = [target["Arn"] for rule in rules for target in plane["Resources"][rule]["Properties"]["Targets"]]
    assert targets == [{"Fn::GetAtt": ["AmiEventsQueue", "Arn"]}] * 2


def test_only_the_rules_may_send_to_their_queues(plane: Template, of_type: OfType) -> None:
    sources = {
        name: [source["Fn::GetAtt"][0] for source in statement["Condition"]["ArnEquals"]["aws:SourceArn"]]
        for name, policy in of_type(plane, "AWS::SQS::QueuePolicy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    }
    assert sources == {
        "AmiEventsQueuePolicy": ["ImageStateRule", "PipelineDisabledRule"],
        "AmiEventsDlqQueuePolicy": ["ImageStateRule", "PipelineDisabledRule"],
        "JobsQueuePolicy": ["SpotWarningRule"],
        "JobsDlqQueuePolicy": ["SpotWarningRule"],
        "ReconcileDlqQueuePolicy": ["ReconcileRule"],
    }


def test_whatever_works_without_being_waited_for_has_dead_letters(plane: Template, of_type: OfType) -> None:
    targets = [t for rule in of_type(plane, "AWS::Events::Rule").values() for t in rule["Properties"]["Targets"]]
    assert [target["Id"] for target in targets if "DeadLetterConfig" not in target] == []
    calls = of_type(plane, "AWS::Lambda::EventInvokeConfig")
    assert set(calls) == {"PresetSyncFailures", "ReconcileFailures"}
    assert [n for n, c in calls.items() if "OnFailure" not in c["Properties"]["DestinationConfig"]] == []
    waiting = {name: q["Properties"] for name, q in of_type(plane, "AWS::SQS::Queue").items() if "Dlq" not in name}
    assert set(waiting) == {"AmiEventsQueue", "JobsQueue"}
    given_up = {name: queue["RedrivePolicy"]["deadLetterTargetArn"] for name, queue in waiting.items()}
    assert given_up == {
        "AmiEventsQueue": {"Fn::GetAtt": ["AmiEventsDlqQueue", "Arn"]},
        "JobsQueue": {"Fn::GetAtt": ["JobsDlqQueue", "Arn"]},
    }


def test_a_message_stays_hidden_for_six_times_its_functions_time(plane: Template) -> None:
    function, queue = plane["Resources"]["AmiUpdate"], plane["Resources"]["AmiEventsQueue"]
    assert queue["Properties"]["VisibilityTimeout"] == 6 * function["Properties"]["Timeout"]


def test_a_job_is_tried_for_an_hour_and_kept_for_four_days_and_its_dead_letter_for_two_weeks(plane: Template) -> None:
    jobs, dead = (plane["Resources"][name]["Properties"] for name in ("JobsQueue", "JobsDlqQueue"))
    assert (jobs["QueueName"], dead["QueueName"]) == ("spot-runner-jobs", "spot-runner-jobs-dlq")
    assert jobs["VisibilityTimeout"] * jobs["RedrivePolicy"]["maxReceiveCount"] == 3600
    days = [queue["MessageRetentionPeriod"] / 86_400 for queue in (jobs, dead)]
    assert days == [4, 14]


def test_every_queue_is_encrypted(plane: Template, of_type: OfType) -> None:
    queues = of_type(plane, "AWS::SQS::Queue")
    assert {
        name for name, queue in queues.items() if queue["Properties"].get("SqsManagedSseEnabled") is not True
    } == set()


@pytest.mark.parametrize("name", ["AmiEventsSource", "JobsSource"])
def test_one_bad_message_does_not_take_its_batch_along_job_1(name: str, plane: Template) -> None:
    source = plane["Resources"][name]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["BatchSize"] == 10


@pytest.mark.parametrize("name", ["PresetSyncFailures", "ReconcileFailures"])
def test_lambda_repeats_no_call_by_itself(name: str, plane: Template) -> None:
    assert plane["Resources"][name]["Properties"]["MaximumRetryAttempts"] == 0


def test_reconcile_runs_every_minute_and_a_missed_minute_is_not_made_up_for(plane: Template) -> None:
    rule = plane["Resources"]["ReconcileRule"]["Properties"]
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    (target,) = rule["Targets"]
    assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0}


FUNCTIONS = {
    "AmiUpdate": ("spot-runner-ami-update", "lambdas.ami_update.handler", 60, 256),
    "Launch": ("spot-runner-launch", "lambdas.launch.handler", 60, 512),
    "PresetSync": ("spot-runner-preset-sync", "lambdas.preset_sync.handler", 50, 256),
    "Reconcile": ("spot-runner-reconcile", "lambdas.reconcile.handler", 55, 512),
    "Status": ("spot-runner-status", "lambdas.status.handler", 10, 512),
    "Webhook": ("spot-runner-webhook", "lambdas.webhook.handler", 10, 512),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_runs_as_agreed(function: str, plane: Template) -> None:
    found = plane["Resources"][function]["Properties"]
    assert (found["FunctionName"], found["Handler"], found["Timeout"], found["MemorySize"]) == FUNCTIONS[function]
    assert (found["Runtime"], found["Architectures"]) == ("python3.13", ["arm64"])
    assert found["LoggingConfig"]["LogFormat"] == "JSON"
    assert "ReservedConcurrentExecutions" not in found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_keeps_its_log_for_as_long_as_the_settings_say(function: str, plane: Template) -> None:
    group = plane["Resources"][f"{function}Logs"]["Properties"]
    assert group["LogGroupName"] == f"/aws/lambda/{FUNCTIONS[function][0]}"
    assert group["RetentionInDays"] == 30


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_its_own_log_only(function: str, statements_of: Callable[[str, str], list[Template]]) -> None:
    (log,) = [s for s in statements_of("control-plane", f"{function}Role") if "logs:PutLogEvents" in s["Action"]]
    name = FUNCTIONS[function][0]
    assert log["Resource"] == [f"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/{name}:*"]


def test_every_role_has_the_boundary_and_the_deployments_own_path(plane: Template, of_type: OfType) -> None:
    roles = of_type(plane, "AWS::IAM::Role").values()
    assert {role["Properties"]["Path"] for role in roles} == {"/spot-runner/"}
    assert {json.dumps(role["Properties"]["PermissionsBoundary"]) for role in roles} == {'{"Ref": "BoundaryArn"}'}


def test_only_status_knows_whether_ami_ids_are_shown(plane: Template, of_type: OfType) -> None:
    variables = {
        n: f["Properties"]["Environment"]["Variables"] for n, f in of_type(plane, "AWS::Lambda::Function").items()
    }
    assert {name: "SHOW_AMI_IDS" in each for name, each in variables.items()} == {
        "AmiUpdate": False, "Launch": False, "PresetSync": False, "Reconcile": False, "Status": True, "Webhook": False,
    }  # fmt: skip
    assert variables["Status"] == {
        "DEPLOYMENT": "spot-runner", "TABLE": {"Ref": "TableName"}, "SHOW_AMI_IDS": "true",
    }  # fmt: skip


def test_the_webhook_knows_where_secret_and_queue_are_and_whose_jobs_it_takes(plane: Template) -> None:
    variables = plane["Resources"]["Webhook"]["Properties"]["Environment"]["Variables"]
    assert json.loads(variables.pop("REPOSITORIES")) == {"allow": ["*"], "deny": [], "public": False}
    assert variables == {
        "DEPLOYMENT": "spot-runner",
        "TABLE": {"Ref": "TableName"},
        "JOBS_QUEUE_URL": {"Ref": "JobsQueue"},
        "WEBHOOK_SECRET_ARN": {"Ref": "WebhookSecretArn"},
        "GITHUB_OWNER": {"Ref": "GitHubOwner"},
    }


def test_the_owner_comes_from_the_environment_and_the_secret_from_the_foundation(
    plane: Template, a_settings: Callable[..., Any]
) -> None:
    assert plane["Parameters"]["WebhookSecretArn"]["Default"] == "/spot-runner/stack/webhook-secret-arn"
    assert "Default" not in plane["Parameters"]["GitHubOwner"]
    tests = {"test": {"account": "210987654321", "github": {"owner": "octo-test"}}}
    settings = a_settings(environments=tests)
    given = [parameters(settings.for_environment(name), "control-plane") for name in ("test", "production")]
    assert [each["GitHubOwner"] for each in given] == ["octo-test", "octo-org"]


def test_a_mail_is_sent_only_if_there_is_an_address(plane: Template) -> None:
    assert plane["Resources"]["AlarmSubscription"]["Condition"] == "SendsEmail"
    assert plane["Parameters"]["AlarmEmail"]["Default"] == ""


def test_machines_that_run_jobs_may_take_their_own_configuration_and_log_and_nothing_else(
    plane: Template, statements_of: Callable[[str, str], list[Template]]
) -> None:
    take, log = statements_of("control-plane", "RunnerInstanceRole")
    assert take["Action"] == ["dynamodb:DeleteItem"]
    assert take["Resource"] == ["arn:aws:dynamodb:eu-west-1:123456789012:table/spot-runner-foundation-Table-1A2B3C"]
    assert take["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["JIT#${ec2:SourceInstanceARN}"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    assert log["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert log["Resource"] == ["arn:aws:logs:eu-west-1:123456789012:log-group:/spot-runner/runners/*"]
    assert plane["Resources"]["RunnerInstanceProfile"]["Properties"]["Roles"] == [{"Ref": "RunnerInstanceRole"}]


def test_machines_that_build_may_read_no_parameter_and_no_table(
    statements_of: Callable[[str, str], list[Template]],
) -> None:
    actions = {a for statement in statements_of("control-plane", "BuildInstanceRole") for a in statement["Action"]}
    assert {action for action in actions if action.startswith(("ssm:Get", "dynamodb:", "secretsmanager:"))} == set()
    assert "imagebuilder:GetComponent" in actions


def test_settings_reach_the_functions(a_settings: Callable[..., Any]) -> None:
    keys = dict.fromkeys(("ami_update", "launch", "preset_sync", "reconcile", "status", "webhook"), "bundles/x.zip")
    served = {"allow": ["octo-org/*"], "deny": ["octo-org/secret-*"], "public": True}
    settings = a_settings(name="team-a", logRetentionDays=90, status={"showAmiIds": False}, repositories=served)
    resources = control_plane.template(settings, keys).to_dict()["Resources"]
    assert resources["StatusLogs"]["Properties"]["RetentionInDays"] == 90
    assert resources["Status"]["Properties"]["Environment"]["Variables"]["SHOW_AMI_IDS"] == "false"
    assert resources["Status"]["Properties"]["FunctionName"] == "team-a-status"
    assert json.loads(resources["Webhook"]["Properties"]["Environment"]["Variables"]["REPOSITORIES"]) == served


def test_troposphere_knows_json_logs_and_the_concurrency_of_queues() -> None:
    """Version 4.11.1 lost both; that is why 4.11.0 is pinned."""
    assert "LogFormat" in awslambda.LoggingConfig.props
    assert "MaximumConcurrency" in awslambda.ScalingConfig.props
