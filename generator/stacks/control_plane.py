"""The control plane's stack: everything that runs, and what watches it. It changes with releases."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from troposphere import GetAtt, Output, Template

from generator.stacks import alarms, dashboard, functions, http_api, profiles, queues, rules
from generator.stacks.values import handed_on, taken
from lambdas.core.names import Names

if TYPE_CHECKING:
    from generator.inputs.settings import Settings

PART = "control-plane"
TAKEN = (
    "app-key-arn",
    "artifact-bucket",
    "boundary-arn",
    "runner-security-group-id",
    "table-arn",
    "table-name",
    "webhook-secret-arn",
)
SUBNETS = "List<AWS::EC2::Subnet::Id>"


def template(settings: "Settings", bundles: Mapping[str, str]) -> Template:
    """Return the stack's template; `bundles` has the S3 key of each function's code."""
    names = Names(deployment=settings.name)
    stack = Template(Description=f"{names.deployment}: functions, queues, API, rules, alarms, instance profiles")
    for key in TAKEN:
        stack.add_parameter(taken(names, key))
    stack.add_parameter([taken(names, "subnet-ids", kind=SUBNETS), alarms.parameter(), *functions.github()])
    for name, condition in alarms.conditions().items():
        stack.add_condition(name, condition)
    _add_functions(stack, names, settings, bundles)
    _add_triggers(stack, names.deployment)
    stack.add_resource([*alarms.resources(names.deployment), dashboard.dashboard(names)])
    stack.add_resource([*profiles.profiles(names.deployment)])
    _hand_on(stack, names)
    stack.add_output([*_outputs()])
    return stack


def _add_functions(stack: Template, names: Names, settings: "Settings", bundles: Mapping[str, str]) -> None:
    setting = functions.Setting(
        names=names,
        log_retention_days=settings.log_retention_days,
        show_ami_ids=settings.status.show_ami_ids,
        repositories=settings.repositories.model_dump_json(),
        max_runners=settings.max_runners,
    )
    for function in functions.FUNCTIONS:
        stack.add_resource([*functions.resources_of(function, bundles[function.name], setting)])


def _add_triggers(stack: Template, deployment: str) -> None:
    timeouts = {function.takes_from: function.timeout_seconds for function in functions.CONSUMERS}
    stack.add_resource([*queues.queues(deployment, timeouts)])
    stack.add_resource([*rules.rules(deployment), *http_api.resources(deployment)])
    for name in (queues.EVENTS, queues.EVENTS_DLQ):
        stack.add_resource(queues.fed_by_rules(name, (rules.IMAGES, rules.PIPELINES)))
    for name in (queues.JOBS, queues.JOBS_DLQ):
        stack.add_resource(queues.fed_by_rules(name, (rules.SPOT_WARNINGS,)))
    stack.add_resource(queues.fed_by_rules(queues.RECONCILE_DLQ, (rules.EVERY_MINUTE,)))
    stack.add_resource([functions.event_source(function, deployment) for function in functions.CONSUMERS])
    every_minute = GetAtt(rules.EVERY_MINUTE, "Arn")
    caller = "events.amazonaws.com"
    stack.add_resource(functions.permission("ReconcilePermission", functions.RECONCILE, caller, every_minute))


def _hand_on(stack: Template, names: Names) -> None:
    values = {
        "preset-sync-arn": GetAtt(functions.PRESET_SYNC.logical_id, "Arn"),
        "build-instance-profile": profiles.profile_name(profiles.BUILD),
        "runner-instance-profile": profiles.profile_name(profiles.RUNNER),
        "api-url": http_api.url(),
    }
    stack.add_resource([handed_on(names, key, value) for key, value in values.items()])


def _outputs() -> Iterator[Output]:
    yield Output("ApiUrl", Value=http_api.url(), Description="Where GET /status and GET /badge.svg answer")
    yield Output("WebhookUrl", Value=http_api.webhook_url(), Description="Where the GitHub App sends its deliveries")
