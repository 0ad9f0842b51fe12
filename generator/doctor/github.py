"""The GitHub side: the repository, its OIDC subjects, Actions, workflows, and the environment that deploys."""

from collections.abc import Iterator

from generator.doctor.findings import Finding, ok, problem, warning
from generator.github.settings import Environment, Workflow
from generator.render import knows_claims
from generator.setup.trust import Trust

ASLEEP = frozenset({"disabled_inactivity", "disabled_manually"})


def repository(trust: Trust) -> Iterator[Finding]:
    """Yield what was read of the repository."""
    yield ok("repository", f"{trust.repository}, id {trust.repository_id}, default branch {trust.default_branch}")
    yield ok("OIDC subjects", f"begin with {trust.subject_prefix}")


def actions(enabled: bool, full_name: str) -> Iterator[Finding]:  # noqa: FBT001 - GitHub's own field
    """Yield whether the repository runs Actions."""
    if enabled:
        yield ok("Actions", "enabled")
    else:
        remedy = f"`gh api --method PUT repos/{full_name}/actions/permissions -F enabled=true`"
        yield warning("Actions", "switched off for this repository", remedy)


def workflows(found: tuple[Workflow, ...]) -> Iterator[Finding]:
    """Yield whether there are workflows, and which of them sleep."""
    if not found:
        yield warning("workflows", "the repository has none", "commit .github/workflows and push it")
        return
    asleep = [one for one in found if one.state in ASLEEP]
    for one in asleep:
        yield warning("workflows", f"{one.path} is {one.state}", f"`gh workflow enable {one.path.rpartition('/')[2]}`")
    if not asleep:
        yield ok("workflows", f"{', '.join(sorted(one.path.rpartition('/')[2] for one in found))}")


def environment(found: tuple[Environment, ...], name: str, branch_ref: str, server_url: str) -> Iterator[Finding]:
    """Yield whether the environment in which workflows deploy is there and takes the deployed branch only.

    On github.com AWS refuses other branches by itself. Of other GitHubs it knows no branch, so that there the
    environment alone keeps them from the deploy role.
    """
    about, branch = f"environment {name}", branch_ref.removeprefix("refs/heads/")
    settings_page = "in the repository's settings, under Environments"
    here = next((one for one in found if one.name.casefold() == name.casefold()), None)
    if here is not None and here.limits_branches:
        yield ok(about, "takes selected branches only")
        return
    said = "it takes any branch"
    remedy = f"limit it to {branch} {settings_page}"
    if here is None:
        said = "it does not exist: GitHub makes it at the first deployment, without protection"
        remedy = f"make it {settings_page}, for the branch {branch} only"
    if knows_claims(server_url):
        yield warning(about, f"{said}; AWS refuses all but {branch} still", remedy)
    else:
        why = f"AWS knows no branch of {server_url}: whoever may push one gets the deploy role by naming {name}"
        yield problem(about, f"{said}, and {why}", remedy)
