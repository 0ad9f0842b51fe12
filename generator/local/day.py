"""The day that `spot-runner local` plays: first AMIs, two jobs, an edit, a failed rebuild, a revert, a deletion.

It uses what a team has: git, pull requests, the command line, HTTP and the AWS API. Whatever it claims, it has looked
at; the first promise that does not hold ends it with an error.
"""

from pathlib import Path

from embedded.github.world import Issue
from generator.local import jobs, looking, workflows
from generator.local.badges import Badge
from generator.local.looking import all_are, badge_says, of
from generator.local.team import Team

EDITED, LEAVING = "linux-x64", "linux-arm64"
TEST = "docker compose version"


def play(team: Team) -> None:
    """Play the whole day; `team` has its bootstrap stack already."""
    first = first_amis(team)
    jobs.first_job(team, EDITED)
    jobs.cancelled_job(team, EDITED)
    request = edited_preset(team, first)
    second = merged_edit(team, request, first)
    failed_rebuild(team, second)
    issue = filed_issue(team)
    reverted_edit(team, request, first)
    closed_issue(team, issue)
    deleted_preset(team)
    nothing_to_do(team)


def first_amis(team: Team) -> str:
    """Deploy for the first time and wait for the first AMIs; return the AMI that serves `EDITED`."""
    team.record.step("The first deployment: every preset builds its first AMI")
    team.record.say("A job of main deploys:")
    workflows.deploy(team)
    team.watch(lambda answer: answer["status"] == "building", "building")
    team.expect(team.served_ami(EDITED) is None, f"{EDITED} is in SSM with its configuration, still without an AMI")
    looking.an_hour_later(team)
    team.watch(all_are("ready"), "ready")
    badge_says(team, "runners: ready")
    first = team.served_ami(EDITED)
    team.expect(first is not None, f"launches of {EDITED} now use {first}")
    return str(first)


def edited_preset(team: Team, first: str) -> Issue:
    """Open a pull request that edits what is baked in: a comment says what a merge would do, and nothing is done."""
    team.record.step(f"A pull request edits presets/{EDITED}.yaml: what would a merge do?")
    before = team.builds()
    team.repository.begin("docker-compose")
    preset = _file(team, EDITED)
    preset.write_text(with_test_command(preset.read_text(), TEST))
    _render_and_commit(team, "Test Docker Compose")
    request = workflows.propose(team, f"Test Docker Compose in {EDITED}")
    unchanged = team.builds() == before and team.served_ami(EDITED) == first
    team.expect(unchanged, f"nothing was built, {EDITED} serves {first} as before")
    return request


def merged_edit(team: Team, request: Issue, first: str) -> str:
    """Merge it: the current AMI serves while the next one builds; return the next one."""
    team.record.step("It is merged: the next AMI builds, the current one serves")
    workflows.merge(team, request)
    team.expect(team.served_ami(EDITED) == first, f"{EDITED} serves {first} while the new recipe builds")
    team.watch(lambda answer: of(EDITED, answer)["status"] == "updating", "updating")
    looking.an_hour_later(team)
    team.watch(all_are("ready"), "ready")
    second = team.served_ami(EDITED)
    team.expect(second not in {None, first}, f"launches of {EDITED} now use {second}")
    return str(second)


def failed_rebuild(team: Team, second: str) -> None:
    """Let the scheduled rebuild fail: degraded, and nothing taken away."""
    team.record.step("Sunday, 03:00: a scheduled rebuild fails")
    reason = f"`{TEST}` ended with 1"
    pipeline = team.names.preset_stack(EDITED)
    team.emulator.control("POST", "/builds/fail", {"pipeline": pipeline, "phase": "TESTING", "reason": reason})
    looking.on_sunday(team)
    team.watch(all_are("updating", overall="ready"), "rebuilding")
    looking.an_hour_later(team)
    answer = team.watch(
        lambda seen: of(EDITED, seen)["status"] == "failed" and of(LEAVING, seen)["status"] == "ready", "degraded"
    )
    team.expect(answer["status"] == "degraded", f"/status is degraded: {of(EDITED, answer)['reason']}")
    badge_says(team, "runners: degraded")
    badge_says(team, f"{EDITED}: failed, serving", EDITED)
    team.expect(of(EDITED, answer)["serving"] and team.served_ami(EDITED) == second, f"{EDITED} still serves {second}")


def filed_issue(team: Team) -> Issue:
    """Let the status workflow run twice: it files one issue, and then there is nothing to do."""
    team.record.step("The status workflow files an issue, once")
    workflows.report(team)
    issues = team.hosting.issues()
    team.expect([one.state for one in issues] == ["open"], "one issue is open")
    team.record.post(team.hosting.post(issues[0]))
    team.record.say("It runs once more:")
    asked = len(team.hosting.asked())
    said = workflows.report(team)
    team.expect("nothing to do" in said and len(team.hosting.issues()) == 1, "nothing was to be done")
    listing = f"GET /repos/{team.hosting.repository.full_name}/issues"
    team.expect(team.hosting.asked()[asked:] == [listing], f"GitHub was asked once: {listing}")
    return issues[0]


def reverted_edit(team: Team, request: Issue, first: str) -> None:
    """Revert the merge: the earlier AMI serves at once, and nothing is built."""
    team.record.step("The edit is reverted: the AMI of the earlier recipe serves at once")
    before = team.builds()
    team.repository.begin(f"revert-{request.number}")
    team.repository.revert()
    revert = workflows.propose(team, f'Revert "{request.title}"')
    workflows.merge(team, revert)
    team.emulator.control("POST", "/settle")
    team.expect(team.served_ami(EDITED) == first, f"launches of {EDITED} use {first} again")
    team.expect(team.builds() == before, "no build was started")
    team.watch(all_are("ready"), "ready")


def closed_issue(team: Team, issue: Issue) -> None:
    """Let the status workflow run: it says that all is well, and closes the issue."""
    team.record.step("The status workflow closes the issue")
    workflows.report(team)
    team.expect((issue.state, issue.state_reason) == ("closed", "completed"), f"issue #{issue.number} is closed")
    team.record.post(team.hosting.comment(issue, issue.comments[-1]))


def deleted_preset(team: Team) -> None:
    """Delete a preset's file: its stack goes, and its name is gone from `/status`."""
    team.record.step(f"presets/{LEAVING}.yaml is deleted")
    team.repository.begin(f"without-{LEAVING}")
    _file(team, LEAVING).unlink()
    _render_and_commit(team, f"Delete {LEAVING}")
    workflows.merge(team, workflows.propose(team, f"{LEAVING} is not needed any more"))
    answer = team.watch(lambda seen: [p["name"] for p in seen["presets"]] == [EDITED], f"about {EDITED} alone")
    team.expect(answer["status"] == "ready", "/status tells of the presets that are left")
    badge_says(team, f"{LEAVING}: unknown preset", LEAVING)


def nothing_to_do(team: Team) -> None:
    """Deploy again: every stack is skipped."""
    team.record.step("The same commit deployed again")
    before = team.builds()
    workflows.deploy(team)
    team.expect(team.builds() == before, "nothing changed, nothing was built")


def readme(team: Team) -> tuple[Badge, ...]:
    """Look at the badges of the README, of the deployment and of a preset."""
    return tuple(team.badge(preset) for preset in ("", EDITED))


def with_test_command(preset: str, command: str) -> str:
    """Return the preset's text with one more test command."""
    if "testCommands:" in preset:
        return preset.replace("testCommands:\n", f"testCommands:\n    - {command}\n", 1)
    image = preset if "\nimage:" in preset else f"{preset.rstrip()}\nimage:\n"
    return image.replace("\nimage:\n", f"\nimage:\n  testCommands:\n    - {command}\n", 1)


def _file(team: Team, preset: str) -> Path:
    return team.repository.path / "presets" / f"{preset}.yaml"


def _render_and_commit(team: Team, message: str) -> None:
    """Do what whoever edits a preset does, without any sign-in."""
    team.run(("render",), {})
    team.repository.commit(message)
