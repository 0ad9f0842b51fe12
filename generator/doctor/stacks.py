"""The stacks: bootstrap in step with this release and with GitHub, and the state of every other one."""

from collections.abc import Iterator, Mapping

from generator.deployment import stack_client
from generator.deployment.apply import is_unchanged
from generator.deployment.aws import Aws
from generator.deployment.site import Site
from generator.deployment.stack import Deployed, Wanted
from generator.doctor.account import BOOTSTRAP
from generator.doctor.findings import Finding, ok, problem, warning
from lambdas.core.names import DEPLOYMENT_TAG, Names

DEPLOY = "mend the cause and run `spot-runner deploy` again"
PARTS = ("foundation", "control-plane")
STATES = {
    "ROLLBACK_COMPLETE": "its first creation failed",
    "UPDATE_ROLLBACK_COMPLETE": "its last update was rolled back",
    "REVIEW_IN_PROGRESS": "it is empty: its first change set was never executed",
}


def bootstrap(aws: Aws, wanted: Wanted, deployed: Deployed | None) -> Iterator[Finding]:
    """Yield whether the bootstrap stack is there and as this release would make it; `wanted` has its parameters."""
    about = f"stack {wanted.name}"
    if deployed is None or deployed.stillborn:
        yield problem(about, "it does not exist", BOOTSTRAP)
        return
    site = Site(aws=aws, names=Names(deployment=deployed.tags.get(DEPLOYMENT_TAG, "")))
    if not deployed.busy and not deployed.rolled_back and not is_unchanged(site, wanted, deployed):
        said = "it is of another release, or of other settings, than these files"
        yield problem(about, said, f"{BOOTSTRAP}; it shows what changes")
        return
    yield of_state(deployed)


def trusts(deployed: Mapping[str, str], says: Mapping[str, str]) -> Iterator[Finding]:
    """Yield where the bootstrap stack's parameters are not what GitHub says now; both are by parameter name."""
    different = [
        f"{name} is {deployed.get(name) or 'not set'}, GitHub says {value}"
        for name, value in sorted(says.items())
        if deployed.get(name) != value
    ]
    if different:
        said = f"{'; '.join(different)}: AWS refuses the repository's workflows"
        yield problem("trust in GitHub", said, BOOTSTRAP)
    else:
        yield ok("trust in GitHub", f"subjects begin with {says['SubjectPrefix']}, as GitHub says")


def others(aws: Aws, names: Names) -> Iterator[Finding]:
    """Yield the state of each stack of the deployment apart from bootstrap."""
    stacks = {stack.name: stack for stack in stack_client.read_all(aws)}
    for part in PARTS:
        if names.stack(part) not in stacks:
            yield warning(f"stack {names.stack(part)}", "it is not deployed yet", "run `spot-runner deploy`")
    parts = {names.stack(part) for part in PARTS}
    for stack in stacks.values():
        named = stack.name in parts or names.preset_of(stack.name) is not None
        if named and (stack.stillborn or stack.tags.get(DEPLOYMENT_TAG) == names.deployment):
            yield of_state(stack)


def of_state(stack: Deployed) -> Finding:
    """Return what a stack's status means."""
    about, why = f"stack {stack.name}", f": {stack.reason}" if stack.reason else ""
    said = f"{STATES.get(stack.status, stack.status)}{why}"
    if stack.status in {"UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"}:
        return warning(about, said, DEPLOY)
    if stack.status == "ROLLBACK_COMPLETE" or stack.status.endswith("_FAILED"):
        return problem(about, said, DEPLOY)
    if stack.busy:
        return warning(about, f"CloudFormation is at work on it ({stack.status})", "wait, and look again")
    return ok(about, stack.status)
