"""The day that `spot-runner local` plays: first AMIs, a failed rebuild, an edit, a revert, a preset that leaves.

It uses what a team has: git, the command line, HTTP and the AWS API. Whatever it claims, it has looked at; the first
promise that does not hold ends it with an error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from generator.local.team import Answer, Team

SUNDAY = 6
EDITED, LEAVING = "linux-x64", "linux-arm64"


@dataclass(frozen=True, kw_only=True)
class Badges:
    """Credentials by role, as environment variables: who does what is part of the day."""

    plan: Mapping[str, str]
    deploy: Mapping[str, str]


def play(team: Team, badges: Badges) -> None:
    """Play the whole day; `team` has its bootstrap stack already."""
    first = first_amis(team, badges)
    failed_rebuild(team, first)
    edited_preset(team, badges, first)
    reverted_edit(team, badges, first)
    deleted_preset(team, badges)
    nothing_to_do(team, badges)


def first_amis(team: Team, badges: Badges) -> str:
    """Deploy for the first time and wait for the first AMIs; return the AMI that serves `EDITED`."""
    team.record.step("The first deployment: every preset builds its first AMI")
    team.run(("deploy",), badges.deploy)
    team.watch(lambda answer: answer["status"] == "building", "building")
    team.expect(team.served_ami(EDITED) is None, f"{EDITED} is in SSM with its configuration, still without an AMI")
    an_hour_later(team)
    team.watch(all_are("ready"), "ready")
    badge_says(team, "runners: ready")
    first = team.served_ami(EDITED)
    team.expect(first is not None, f"launches of {EDITED} now use {first}")
    return str(first)


def failed_rebuild(team: Team, first: str) -> None:
    """Let the scheduled rebuild fail: degraded, and nothing taken away."""
    team.record.step("Sunday, 03:00: a scheduled rebuild fails")
    pipeline = team.names.preset_stack(EDITED)
    reason = "Step InstallDocker failed: the package repository did not answer"
    team.emulator.control("POST", "/builds/fail", {"pipeline": pipeline, "phase": "BUILDING", "reason": reason})
    now = datetime.fromisoformat(team.emulator.control("GET", "/clock")["now"])
    team.emulator.control("POST", "/clock", {"advanceSeconds": seconds_to_sunday(now)})
    team.record.say(
        f"The clock stands at {team.emulator.control('GET', '/clock')['now']}; the pipelines start by their schedule."
    )
    team.watch(all_are("updating", overall="ready"), "rebuilding")
    an_hour_later(team)
    answer = team.watch(
        lambda seen: of(EDITED, seen)["status"] == "failed" and of(LEAVING, seen)["status"] == "ready", "degraded"
    )
    team.expect(answer["status"] == "degraded", f"/status is degraded: {of(EDITED, answer)['reason']}")
    badge_says(team, "runners: degraded")
    badge_says(team, f"{EDITED}: failed, serving", EDITED)
    team.expect(of(EDITED, answer)["serving"] and team.served_ami(EDITED) == first, f"{EDITED} still serves {first}")


def edited_preset(team: Team, badges: Badges, first: str) -> None:
    """Merge an edit of what is baked in: the current AMI serves while the next one builds."""
    team.record.step(f"A pull request edits presets/{EDITED}.yaml and is merged")
    preset = team.repository.path / "presets" / f"{EDITED}.yaml"
    preset.write_text(with_test_command(preset.read_text(), "docker compose version"))
    team.run(("render",), badges.plan)
    team.run(("plan",), badges.plan)
    team.record.say(f"Merged as {team.repository.merge(f'Test Docker Compose in {EDITED}')}.")
    team.run(("deploy", "--prune"), badges.deploy)
    team.expect(team.served_ami(EDITED) == first, f"{EDITED} serves {first} while the new recipe builds")
    team.watch(lambda answer: of(EDITED, answer)["status"] == "updating", "updating")
    an_hour_later(team)
    team.watch(all_are("ready"), "ready")
    second = team.served_ami(EDITED)
    team.expect(second not in {None, first}, f"launches of {EDITED} now use {second}")


def reverted_edit(team: Team, badges: Badges, first: str) -> None:
    """Revert the merge: the earlier AMI serves at once, and nothing is built."""
    team.record.step("The edit was a mistake: git revert")
    before = team.builds()
    team.record.say(f"Reverted as {team.repository.revert()}.")
    team.run(("plan",), badges.plan)
    team.run(("deploy", "--prune"), badges.deploy)
    team.emulator.control("POST", "/settle")
    team.expect(team.served_ami(EDITED) == first, f"launches of {EDITED} use {first} again")
    team.expect(team.builds() == before, "no build was started")
    team.watch(all_are("ready"), "ready")


def deleted_preset(team: Team, badges: Badges) -> None:
    """Delete a preset's file: its stack goes, and its name is gone from `/status`."""
    team.record.step(f"presets/{LEAVING}.yaml is deleted")
    (team.repository.path / "presets" / f"{LEAVING}.yaml").unlink()
    team.run(("render",), badges.plan)
    team.run(("plan",), badges.plan)
    team.record.say(f"Merged as {team.repository.merge(f'{LEAVING} is not needed any more')}.")
    team.run(("deploy", "--prune"), badges.deploy)
    answer = team.watch(lambda seen: [p["name"] for p in seen["presets"]] == [EDITED], f"about {EDITED} alone")
    team.expect(answer["status"] == "ready", "/status tells of the presets that are left")
    badge_says(team, f"{LEAVING}: unknown preset", LEAVING)


def nothing_to_do(team: Team, badges: Badges) -> None:
    """Deploy again: every stack is skipped."""
    team.record.step("The same commit deployed again")
    before = team.builds()
    team.run(("deploy", "--prune"), badges.deploy)
    team.expect(team.builds() == before, "nothing changed, nothing was built")


def badge_says(team: Team, words: str, preset: str = "") -> None:
    """Look at the README's badge, of the deployment or of one preset."""
    team.expect(team.badge(preset) == words, f"the README's badge says `{words}`")


def an_hour_later(team: Team) -> None:
    """Move the clock by an hour: builds end on the way."""
    now = team.emulator.control("POST", "/clock", {"advanceSeconds": 3600})["now"]
    team.record.say(f"An hour later ({now[:16]} UTC): Image Builder is done, and its events were heard.")


def all_are(status: str, *, overall: str | None = None) -> Callable[[Answer], bool]:
    """Tell whether every preset has a status, and the whole has too, or another."""
    whole = overall or status
    return lambda answer: answer["status"] == whole and all(p["status"] == status for p in answer["presets"])


def of(preset: str, answer: Answer) -> Answer:
    """Return what `/status` says of one preset."""
    return next(
        (p for p in answer["presets"] if p["name"] == preset), {"status": None, "reason": None, "serving": False}
    )


def seconds_to_sunday(now: datetime) -> float:
    """Return how far it is to the next Sunday, 03:45 UTC, when both schedules have started a build."""
    sunday = (now + timedelta(days=(SUNDAY - now.weekday()) % 7)).replace(hour=3, minute=45, second=0, microsecond=0)
    return ((sunday if sunday > now else sunday + timedelta(days=7)) - now).total_seconds()


def with_test_command(preset: str, command: str) -> str:
    """Return the preset's text with one more test command."""
    if "testCommands:" in preset:
        return preset.replace("testCommands:\n", f"testCommands:\n    - {command}\n", 1)
    image = preset if "\nimage:" in preset else f"{preset.rstrip()}\nimage:\n"
    return image.replace("\nimage:\n", f"\nimage:\n  testCommands:\n    - {command}\n", 1)
