"""Whether the runner groups that presets name are there, and take the jobs that are admitted: pure.

To a runner of a group that allows no public repositories GitHub gives none of their jobs, and says nothing: the job
stays queued, and its machine waits until its time is up.
https://docs.github.com/en/actions/how-tos/manage-runners/self-hosted-runners/manage-access
"""

from collections.abc import Iterator, Mapping, Sequence

from generator.doctor.findings import Finding, ok, problem, warning
from generator.github_app.registered import RunnerGroup
from generator.inputs.settings import Repositories
from lambdas.adapters.runners import DEFAULT_GROUP

MARK = "mark *Allow public repositories* at"


def check(
    wanted: Mapping[str, Sequence[str]], groups: Sequence[RunnerGroup], repositories: Repositories, page: str
) -> Iterator[Finding]:
    """Yield a row for each group that presets want (`wanted`: their names by the group's); `page` lists the groups."""
    known = {DEFAULT_GROUP if group.is_default else group.name.lower(): group for group in groups}
    for name, presets in wanted.items():
        about, files = f"runner group {name}", ", ".join(presets)
        group = known.get(name.lower())
        if group is None:
            said = f"there is none of that name, and no machine starts for {files}"
            yield problem(about, said, f"make it at {page}, or change runnerGroup of {files}")
        else:
            yield _public(about, files, group, repositories)


def _public(about: str, files: str, group: RunnerGroup, repositories: Repositories) -> Finding:
    shut = "it allows no public repositories: GitHub gives their jobs to none of its machines"
    if group.allows_public:
        return ok(about, f"of {files}, for public repositories, too")
    if repositories.public:
        said = f"{shut}, and repositories.public of spot-runner.yaml admits them to {files}"
        return problem(about, said, f"{MARK} {group.page}, or take repositories.public away")
    if named := [pattern for pattern in repositories.allow if "*" not in pattern]:
        said = f"{shut}, and repositories.allow of spot-runner.yaml admits {', '.join(named)} even if public"
        return warning(about, said, f"if one of them is, {MARK} {group.page}")
    return ok(about, f"of {files}, for private repositories alone")
