"""`spot-runner plan`: what a deployment would do, found by comparing alone, with no right to write anything."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from generator.deployment import leavings, removal, stack_client
from generator.deployment.aws import Aws, check_account, other_region
from generator.deployment.aws_errors import explained
from generator.deployment.parallel import AT_ONCE
from generator.deployment.readiness import NEVER_CREATED, check_owner
from generator.deployment.site import ARTIFACT_BUCKET, TABLE_NAME
from generator.deployment.stack import Deployed, Template, Wanted, same, ssm_names
from generator.deployment.subnets import check_subnets
from generator.deployment.wanted import WantedStacks
from generator.inputs.settings import Settings
from generator.planning import outlook, stack_plans
from generator.planning.plans import Fate, Plan, StackPlan
from generator.planning.preset_stack import preset_in
from generator.planning.stack_plans import Before, Place
from lambdas.core.builds import is_living
from lambdas.core.names import Names
from lambdas.core.state import Snapshot

ROLLED_BACK = ("its last update was rolled back: it is tried again",)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is deployed: the account's stacks by name, and the SSM parameters that the templates ask for."""

    aws: Aws
    names: Names
    now: datetime
    stacks: Mapping[str, Deployed]
    ssm: Mapping[str, str]

    @property
    def place(self) -> Place:
        """Return where the stacks are, for those who compare."""
        return Place(region=self.aws.region, ssm=self.ssm)


def make_plan(
    settings: Settings, stacks: WantedStacks, aws: Aws, now: datetime, environment: str | None = None
) -> Plan:
    """Compare what is wanted with what is deployed; AWS is only read. `now` is aware."""
    with explained():
        check_account(aws, settings.account)
        check_subnets(aws, settings.network.vpc_id or "", tuple(settings.network.subnet_ids))
        seen = _look(aws, Names(deployment=settings.name), stacks, now)
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            wanted = tuple(pool.map(lambda each: _with_ami(seen, each, _stack_plan(seen, each)), stacks.all))
        gone = removal.gone(seen.stacks.values(), seen.names, {stack.preset or "" for stack in stacks.presets})
        plans = (*wanted, *(_gone_plan(seen, stack) for stack in gone))
    return Plan(
        deployment=settings.name,
        account=settings.account,
        region=aws.region,
        stacks=plans,
        notices=_notices(seen),
        environment=environment,
    )


def _look(aws: Aws, names: Names, stacks: WantedStacks, now: datetime) -> Seen:
    asked = [name for wanted in stacks.all for name in ssm_names(wanted.body, wanted.parameters).values()]
    asked += [names.stack_value(TABLE_NAME), names.stack_value(ARTIFACT_BUCKET)]
    return Seen(
        aws=aws,
        names=names,
        now=now,
        stacks={stack.name: stack for stack in stack_client.read_all(aws)},
        ssm=stack_client.ssm_values(aws, asked),
    )


def _notices(seen: Seen) -> tuple[str, ...]:
    region, other = seen.aws.region, other_region(seen.aws.region)
    said = (f"{other[0]} says {other[1]}; `region` in spot-runner.yaml decides: {region}",) if other else ()
    if seen.names.stack_value(ARTIFACT_BUCKET) in seen.ssm:
        return said
    missing = (
        f"{seen.names.deployment} is not set up in {region}: run `spot-runner bootstrap` before the first deploy, or "
        "correct `region` in spot-runner.yaml if it lives elsewhere"
    )
    return (*said, missing)


def _stack_plan(seen: Seen, wanted: Wanted) -> StackPlan:
    stack = seen.stacks.get(wanted.name)
    if stack is not None:
        check_owner(stack, seen.names.deployment)
    if stack is None or stack.stillborn or stack.status in NEVER_CREATED:
        return stack_plans.created(seen.place, wanted, Fate.CREATE if stack is None else Fate.RECREATE)
    template = stack_client.template(seen.aws, stack)
    if same(wanted, seen.ssm, stack, template):
        return stack_plans.unchanged(wanted)
    plan = stack_plans.updated(seen.place, wanted, _before(stack, template))
    return replace(plan, words=ROLLED_BACK + plan.words) if stack.rolled_back else plan


def _before(stack: Deployed, template: Template | None) -> Before:
    return Before(template=template or {}, values={**stack.parameters, **stack.resolved})


def _with_ami(seen: Seen, wanted: Wanted, plan: StackPlan) -> StackPlan:
    """Return a preset's plan with what becomes of its AMI; other plans as they are."""
    preset = preset_in(wanted.body)
    if preset is None or wanted.preset is None or plan.fate is Fate.UNCHANGED:
        return plan
    snapshot = _snapshot(seen, wanted.preset)
    ami = outlook.outlook(snapshot, preset, seen.now)
    said = outlook.say(ami, snapshot.latest.ami_id if snapshot.latest else None)
    return replace(plan, ami=ami, words=plan.words + said)


def _gone_plan(seen: Seen, stack: Deployed) -> StackPlan:
    preset = seen.names.preset_of(stack.name) or ""
    amis = (f"AMI {build.ami_id}" for build in _snapshot(seen, preset).facts.builds if is_living(build))
    before = _before(stack, stack_client.template(seen.aws, stack))
    return stack_plans.gone(stack.name, preset, before, (*leavings.stays(seen.aws, stack), *sorted(amis)))


def _snapshot(seen: Seen, preset: str) -> Snapshot:
    return outlook.read(seen.aws, seen.ssm.get(seen.names.stack_value(TABLE_NAME), ""), preset)
