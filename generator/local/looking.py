"""How the played day looks at what became of things, and moves the clock on."""

from collections.abc import Callable
from datetime import datetime, timedelta

from generator.local.team import Answer, Team

SUNDAY = 6


def badge_says(team: Team, words: str, preset: str = "") -> None:
    """Look at the README's badge, of the deployment or of one preset."""
    team.expect(team.badge(preset).words == words, f"the README's badge says `{words}`")


def an_hour_later(team: Team) -> None:
    """Move the clock by an hour: builds end on the way."""
    now = team.emulator.control("POST", "/clock", {"advanceSeconds": 3600})["now"]
    team.record.say(f"An hour later ({now[:16]} UTC): Image Builder is done, and its events were heard.")


def on_sunday(team: Team) -> None:
    """Move the clock to where both schedules have started a build."""
    now = datetime.fromisoformat(team.emulator.control("GET", "/clock")["now"])
    now = team.emulator.control("POST", "/clock", {"advanceSeconds": seconds_to_sunday(now)})["now"]
    team.record.say(f"The clock stands at {now[:16]} UTC; the pipelines start by their schedule.")


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
    """Return how far it is to the next Sunday, 03:45 UTC."""
    sunday = (now + timedelta(days=(SUNDAY - now.weekday()) % 7)).replace(hour=3, minute=45, second=0, microsecond=0)
    return ((sunday if sunday > now else sunday + timedelta(days=7)) - now).total_seconds()
