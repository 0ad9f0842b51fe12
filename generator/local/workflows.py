"""What the workflows of the team's repository run, each command with what its job is given and nothing more."""

from embedded.github.world import Issue
from generator.inputs.settings import PRODUCTION
from generator.local.team import Team

WHERE = ("--environment", PRODUCTION)


def deploy(team: Team) -> None:
    """Run the job of deploy.yml."""
    whose = team.hosting.deploy_jobs(PRODUCTION)
    team.run(("deploy", *WHERE, "--prune", "--only-tip"), whose)
    team.run(("status", *WHERE, "--check"), whose)


def report(team: Team) -> str:
    """Run the job of status.yml; return what it said."""
    return team.run(("report", *WHERE), team.hosting.status_jobs())


def propose(team: Team, title: str) -> Issue:
    """Open a pull request of the branch that is checked out; check.yml comments its plan on it."""
    request = team.hosting.open_pull_request(title)
    team.record.say(f"Pull request #{request.number} is open, and a job that may only read plans it:")
    whose = team.hosting.pull_request_jobs(request.number)
    team.run_in_short(("plan", *WHERE, "--comment-on", str(request.number)), whose)
    team.expect(len(request.comments) == 1, f"pull request #{request.number} has the plan as its one comment")
    team.record.post(team.hosting.comment(request, request.comments[0]))
    return request


def merge(team: Team, request: Issue) -> None:
    """Merge a pull request; deploy.yml deploys main."""
    team.hosting.merge(request)
    commit = team.repository.merge(f"{request.title} (#{request.number})")
    team.record.say(f"Pull request #{request.number} is merged as {commit}, and a job of main deploys it:")
    deploy(team)
