"""Whether HEAD is the tip of its branch: only the newest commit may decide what is deployed, and what is gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.errors import SpotRunnerError
from generator.git import FULL_CLONE, run

BRANCHES = "refs/heads/"
ACTIONS_REMOTE = "origin"


@dataclass(frozen=True, kw_only=True)
class Demand:
    """An option that asks for the tip, and what could not be known without one."""

    option: str
    because: str


PRUNE = Demand(option="--prune", because="so it cannot be known which presets are gone")
ONLY_TIP = Demand(option="--only-tip", because="so it cannot be known whether it is the newest")


@dataclass(frozen=True, kw_only=True)
class Branch:
    """A branch of a remote; `reference` is its full name there; both are empty for one of this repository alone."""

    name: str
    remote: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Tip:
    """The commit that is checked out, and the tip of its branch."""

    head: str
    commit: str
    branch: Branch


def find(root: Path, environ: Mapping[str, str], demand: Demand) -> Tip:
    """Return HEAD and the tip of its branch; raise if either cannot be known.

    The tip is asked of the remote itself: a clone does not know what was merged since it was made. A branch without
    a remote is its own tip.
    """
    head = run(root, "rev-parse", "--verify", "--quiet", "HEAD")
    if not head:
        raise _refused(demand, "this is not a git repository with a commit", "run it in the repository")
    branch = _branch(root, environ)
    if branch is None:
        raise _refused(demand, f"HEAD is detached at {head[:12]}", "check out the branch that is deployed")
    if not branch.remote:
        return Tip(head=head, commit=head, branch=branch)
    commit = _asked(root, branch)
    if not commit:
        remedy = "check the network and the credentials of git (actions/checkout leaves them with persist-credentials)"
        raise _refused(demand, f"{branch.remote} does not tell the tip of {branch.reference}", remedy)
    return Tip(head=head, commit=commit, branch=branch)


def check(tip: Tip, demand: Demand) -> None:
    """Refuse a HEAD that is not the tip of its branch."""
    if tip.head != tip.commit:
        where = f"{tip.branch.remote}/{tip.branch.name}"
        raise _refused(
            demand,
            f"HEAD is {tip.head[:12]}, the tip of {where} is {tip.commit[:12]}",
            "deploy the tip: pull, or push first",
        )


def superseding(root: Path, environ: Mapping[str, str]) -> str | None:
    """Return the tip that came after HEAD, or None if HEAD is the tip; raise if it is neither, or cannot be known."""
    tip = find(root, environ, ONLY_TIP)
    if tip.commit != tip.head and is_ancestor(root, tip):
        return tip.commit
    check(tip, ONLY_TIP)
    return None


def is_ancestor(root: Path, tip: Tip) -> bool:
    """Tell whether the tip came after HEAD; a commit that this clone does not have is fetched, no branch is moved."""
    if run(root, "cat-file", "-e", f"{tip.commit}^{{commit}}") is None:
        branch = tip.branch
        fetched = run(root, "fetch", "--quiet", "--no-tags", "--refmap=", branch.remote, branch.reference)
        if fetched is None:
            why = f"{branch.remote} does not give the commits of {branch.reference}"
            raise _refused(ONLY_TIP, why, f"check the network, and {FULL_CLONE}")
    return run(root, "merge-base", "--is-ancestor", tip.head, tip.commit) is not None


def _asked(root: Path, branch: Branch) -> str | None:
    """Return what the remote says is the branch's tip; its pattern also matches the end of other names."""
    lines = (run(root, "ls-remote", branch.remote, branch.reference) or "").splitlines()
    found = (line.split("\t") for line in lines)
    return next((commit for commit, name in found if name == branch.reference), None)


def _branch(root: Path, environ: Mapping[str, str]) -> Branch | None:
    """Return the branch that is checked out with its upstream, or the one of the workflow's run.

    For a push actions/checkout makes a local branch that follows `origin`; with `ref: ${{ github.sha }}` it leaves HEAD
    detached. Then the event's own branch counts, `GITHUB_REF`, if it is one.
    https://github.com/actions/checkout/blob/main/src/ref-helper.ts
    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    """
    name = run(root, "symbolic-ref", "--quiet", "--short", "HEAD")
    remote = run(root, "config", f"branch.{name}.remote") if name else None
    reference = run(root, "config", f"branch.{name}.merge") if name else None
    if name and remote and reference:
        return Branch(name=name, remote=remote, reference=reference)
    event = environ.get("GITHUB_REF", "") if environ.get("GITHUB_ACTIONS") == "true" else ""
    if event.startswith(BRANCHES):
        return Branch(name=event.removeprefix(BRANCHES), remote=ACTIONS_REMOTE, reference=event)
    return Branch(name=name) if name else None


def _refused(demand: Demand, why: str, remedy: str) -> SpotRunnerError:
    return SpotRunnerError(f"{demand.option} refused: {why}, {demand.because}: {remedy}")
