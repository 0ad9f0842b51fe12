"""The GitHub side: the repository, its OIDC subjects, Actions, workflows, and the environment that deploys."""

from collections.abc import Iterator

from generator.doctor.findings import Finding, ok, warning
from generator.github.settings import Environment, Workflow
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


def environment(found: tuple[Environment, ...], name: str, branch_ref: str) -> Iterator[Finding]:
    """Yield whether the environment in which workflows deploy is there and takes the deployed branch only."""
    about, branch = f"environment {name}", branch_ref.removeprefix("refs/heads/")
    settings_page = "in the repository's settings, under Environments"
    here = next((one for one in found if one.name.casefold() == name.casefold()), None)
    if here is None:
        said = "it does not exist: GitHub makes it at the first deployment, without protection"
        yield warning(about, said, f"make it {settings_page}, for the branch {branch} only")
    elif not here.limits_branches:
        said = f"it takes any branch; AWS refuses all but {branch} still"
        yield warning(about, said, f"limit it to {branch} {settings_page}")
    else:
        yield ok(about, "takes selected branches only")
