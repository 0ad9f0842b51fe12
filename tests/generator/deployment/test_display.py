import io

from rich.console import Console

from generator.deployment.display import shown
from generator.deployment.progress import Event, Notice, ResourceMoved, StackFinished, StackStarted, Uploaded

EVENTS: tuple[Event, ...] = (
    Notice(text="Region [eu-west-1] it is"),
    Uploaded(key="bundles/status.zip", size_bytes=1234, sent=True),
    Uploaded(key="bundles/reconcile.zip", size_bytes=0, sent=False),
    StackStarted(stack="team-foundation", action="deploying", resources=2),
    ResourceMoved(stack="team-foundation", resource="Table", type="T", status="CREATE_COMPLETE"),
    ResourceMoved(stack="team-foundation", resource="Topic", type="T", status="CREATE_FAILED", reason="taken"),
    StackFinished(stack="team-foundation", outcome="failed", reason="Topic (T): taken"),
)


def told(*, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, highlight=False)
    with shown(console) as listener:
        for event in EVENTS:
            listener(event)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_without_a_terminal_progress_is_plain_lines() -> None:
    assert told(terminal=False).splitlines() == [
        "Region [eu-west-1] it is",
        "uploaded bundles/status.zip (1,234 bytes)",
        "team-foundation: deploying (2 resources)",
        "team-foundation: Topic CREATE_FAILED: taken",
        "team-foundation: failed",
    ]


def test_on_a_terminal_each_stack_has_a_row_with_its_count() -> None:
    last = next(line for line in reversed(told(terminal=True).splitlines()) if "team-foundation" in line)

    assert "1/2" in last
    assert "failed" in last
