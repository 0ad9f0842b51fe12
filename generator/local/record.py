"""What a played day leaves behind: its steps, what commands said, what GitHub showed, and each turn of `/status`."""

from dataclasses import asdict, dataclass, field

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from generator.local import posts
from generator.local.badges import Badge
from generator.local.posts import Post

OUTPUT_INDENT = 4
STATUS_STYLE = {"ready": "bold green", "updating": "cyan", "building": "bold yellow", "degraded": "bold red"}


@dataclass(kw_only=True)
class Step:
    """One step of the day; `transitions` are answers of `/status`, each one unlike the one before.

    `posts` are issues and comments as they were shown, with their Markdown; `badges` are the README's.
    """

    title: str
    said: list[str] = field(default_factory=list)
    commands: list[dict[str, object]] = field(default_factory=list)
    transitions: list[dict[str, object]] = field(default_factory=list)
    posts: list[dict[str, object]] = field(default_factory=list)
    badges: list[dict[str, object]] = field(default_factory=list)


class Record:
    """Tells the day while it happens, on a console, and keeps it for `--json`."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.steps: list[Step] = []

    @property
    def columns(self) -> int:
        """How wide a command's output may be, which is shown with an indent."""
        return self.console.width - OUTPUT_INDENT

    def step(self, title: str) -> None:
        """Begin a step."""
        self.steps.append(Step(title=title))
        self.console.print()
        self.console.rule(Text(f"{len(self.steps)}. {title}", style="bold"), align="left")

    def say(self, text: str) -> None:
        """Say what happened, or what a user would see."""
        self.steps[-1].said.append(text)
        self.console.print(Padding(Text(text), (0, 0, 0, 2)))

    def command(self, line: str) -> None:
        """Show the command that is about to run, as a user would type it."""
        self.console.print(Padding(Text(f"$ {line}", style="bold blue"), (0, 0, 0, 2)))

    def output(self, line: str) -> None:
        """Show one line of a command's output."""
        self.console.print(Padding(Text(line, style="dim"), (0, 0, 0, OUTPUT_INDENT)))

    def ran(self, line: str, exit_code: int, output: str) -> None:
        """Keep what a command did."""
        self.steps[-1].commands.append({"command": line, "exitCode": exit_code, "output": output})

    def transition(self, answer: dict[str, object]) -> None:
        """Show and keep an answer of `/status` that is unlike the last one."""
        self.steps[-1].transitions.append(answer)
        status = str(answer["status"])
        line = Text("/status  ", style="dim").append(f"{status:<9}", STATUS_STYLE[status])
        self.console.print(Padding(line.append(f" {answer['message']}"), (0, 0, 0, 2)))

    def post(self, post: Post) -> None:
        """Show and keep an issue or a comment."""
        self.steps[-1].posts.append(post.as_json())
        self.console.print(Padding(posts.panel(post), (0, 0, 0, 2)))

    def badge(self, badge: Badge) -> None:
        """Show and keep a badge."""
        self.steps[-1].badges.append(badge.as_json())
        self.console.print(Padding(badge.text().append(f"  {badge.url}", "none"), (0, 0, 0, 2)))

    def to_json(self) -> list[dict[str, object]]:
        """Return the steps as JSON values."""
        return [asdict(step) for step in self.steps]
