"""Answers, issues and a made-up GitHub: each maker with one changed field."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from generator.github.issues import Issue
from generator.reporting.actions import Action, Close, Comment, Open, Reopen, Update
from generator.reporting.answer import Answer, parse
from generator.reporting.decisions import decide
from generator.reporting.known import Details, Known, LastBuild
from generator.reporting.watch import NoAnswer

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
AUTHOR = "github-actions[bot]"
SHA = "0123456789abcdef0123456789abcdef01234567"


def at(hours: float) -> datetime:
    """Return the time so many hours after noon."""
    return NOON + timedelta(hours=hours)


def a_preset(**changes: Any) -> dict[str, Any]:
    """Return a preset of `/status` that failed at noon, while the AMI from before serves on."""
    preset = {
        "name": "linux-x64",
        "status": "failed",
        "serving": True,
        "amiId": "ami-00000000000000001",
        "updatedAt": "2026-11-23T12:00:00Z",
        "since": "2026-11-23T12:00:00Z",
        "expiresAt": None,
        "reason": "build 1.0.3/1 failed",
    }
    return {**preset, **changes}


def ready(since: str = "2026-11-23T13:00:00Z", **changes: Any) -> dict[str, Any]:
    return a_preset(**{"status": "ready", "since": since, "reason": None, **changes})


def a_body(*presets: dict[str, Any], **changes: Any) -> bytes:
    broken = not presets or any(preset.get("status") == "failed" for preset in presets)
    answer = {
        "status": "degraded" if broken else "ready",
        "message": "No presets" if not presets else "1 preset failed",
        "generatedAt": "2026-11-23T12:00:00Z",
        "presets": list(presets),
    }
    return json.dumps({**answer, **changes}).encode()


def an_answer(*presets: dict[str, Any], **changes: Any) -> Answer:
    return parse(a_body(*presets, **changes))


def known(**changes: Any) -> Known:
    about = Details(
        last_build=LastBuild(version="1.0.2/1", started_at=at(-24), ami_id="ami-00000000000000001"),
        recipe_commit=SHA,
        can_revert=True,
        keeps_before=True,
    )
    values = Known(
        author=AUTHOR,
        place="spot-runner",
        deployment="spot-runner",
        region="eu-west-1",
        status_url="https://abc.execute-api.eu-west-1.amazonaws.com/status",
        repository_url="https://github.com/octo-org/runners",
        guide="docs/deploying.md",
        details={"linux-x64": about},
    )
    return replace(values, **changes)


class Desk:
    """Issues as GitHub keeps them, changed by actions and by people; comments with a known marker are put once."""

    def __init__(self) -> None:
        self.issues: dict[int, Issue] = {}
        self.comments: dict[int, dict[str, str]] = {}
        self.said: list[tuple[int, str]] = []  # every comment that notified somebody

    def listing(self) -> tuple[Issue, ...]:
        """Return what GitHub lists."""
        return tuple(self.issues.values())

    def run(self, answer: Answer | NoAnswer, now: datetime = NOON, knowing: Known | None = None) -> tuple[Action, ...]:
        """Decide from what is there now, and do it."""
        actions = decide(answer, self.listing(), knowing or known(), now)
        self.do(actions, now)
        return actions

    def do(self, actions: tuple[Action, ...], now: datetime = NOON) -> None:
        """Do what was decided, as GitHub would."""
        for action in actions:
            match action:
                case Open():
                    self.file(action.title, action.body, now)
                case Update():
                    self.change(action.number, body=action.body)
                case Close():
                    self.close(action.number, action.reason, now)
                    self.change(action.number, body=action.body)
                case Reopen():
                    self.reopen(action.number)
                    self.change(action.number, body=action.body)
                case Comment():
                    thread = self.comments.setdefault(action.number, {})
                    if action.marker not in thread:
                        self.said.append((action.number, action.body))
                    thread[action.marker] = action.body

    def file(self, title: str, body: str, now: datetime = NOON, author: str = AUTHOR) -> int:
        """Let somebody file an issue."""
        number = len(self.issues) + 1
        self.issues[number] = Issue(
            number=number, title=title, body=body, state="open", state_reason=None, author=author,
            created_at=now, updated_at=now, closed_at=None, url=f"https://github.com/octo-org/runners/issues/{number}",
        )  # fmt: skip
        return number

    def close(self, number: int, reason: str, now: datetime = NOON) -> None:
        """Let somebody close an issue."""
        self.change(number, state="closed", state_reason=reason, closed_at=now)

    def reopen(self, number: int) -> None:
        """Let somebody reopen an issue."""
        self.change(number, state="open", state_reason="reopened", closed_at=None)

    def change(self, number: int, **changes: Any) -> None:
        """Change fields of an issue."""
        self.issues[number] = replace(self.issues[number], **changes)

    def open(self) -> list[int]:
        """Return the numbers of open issues."""
        return [number for number, issue in self.issues.items() if issue.state == "open"]
