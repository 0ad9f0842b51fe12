"""The badges of a README: what the AMIs can do, as the deployed API draws it, and whether the status is watched."""

from collections.abc import Iterator
from dataclasses import dataclass

from generator.github.markdown import escaped
from generator.reporting import links
from lambdas.core.badge import WHOLE

WORKFLOW = "status.yml"


@dataclass(frozen=True, kw_only=True)
class Badges:
    """Where the API and the repository are, and whose badge it is: one preset's, or without one the deployment's."""

    status_url: str
    repository_url: str
    preset: str | None = None

    @property
    def image_url(self) -> str:
        """Return where the API draws the badge."""
        return links.badge(self.status_url, self.preset)

    @property
    def workflow_url(self) -> str:
        """Return the page of the workflow that watches the status.

        https://docs.github.com/en/actions/how-tos/monitor-workflows/add-a-status-badge
        """
        return f"{self.repository_url}/actions/workflows/{WORKFLOW}"

    def lines(self) -> Iterator[str]:
        """Return the Markdown, a line for each badge, which links to what it tells of."""
        yield _badge(escaped(self.preset or WHOLE), self.image_url, self.status_url)
        yield _badge("status", f"{self.workflow_url}/badge.svg", self.workflow_url)

    def as_json(self) -> dict[str, object]:
        """Return it as JSON values."""
        return {
            "preset": self.preset,
            "badgeUrl": self.image_url,
            "statusUrl": self.status_url,
            "workflowUrl": self.workflow_url,
            "markdown": list(self.lines()),
        }


def _badge(alternative: str, image_url: str, page_url: str) -> str:
    return f"[![{alternative}]({_inside(image_url)})]({_inside(page_url)})"


def _inside(url: str) -> str:
    """Return an address that ends where its link does."""
    return url.replace("(", "%28").replace(")", "%29")
