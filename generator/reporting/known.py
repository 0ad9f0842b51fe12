"""What the reporter knows beside the answer: where it works, and the details of what is not ready."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class LastBuild:
    """The newest build that gave an AMI which still lives; `ami_id` is None where ids are not to be shown."""

    version: str
    started_at: datetime
    ami_id: str | None


@dataclass(frozen=True, kw_only=True)
class Details:
    """More about one preset; None where it is not known, `has_no_build` where it is known that there is none.

    `own_ami` tells that nothing is built for it, since its AMI is the team's own. `can_revert` tells that the recipe's
    commit took another recipe's place, `keeps_before` that an AMI of that lives.
    """

    last_build: LastBuild | None = None
    has_no_build: bool = False
    own_ami: bool = False
    recipe_commit: str | None = None
    can_revert: bool = False
    keeps_before: bool = False


@dataclass(frozen=True, kw_only=True)
class Known:
    """Whose issues (`author`) about which deployment (`place`, with its environment), and where things are.

    `status_url` is the API's; `repository_url` is for people, such as https://github.com/octo-org/runners. `guide` is
    the path in the repository of what to do when something fails, if it is there.
    """

    author: str
    place: str
    deployment: str
    region: str
    status_url: str
    repository_url: str
    guide: str | None = None
    details: Mapping[str, Details] = field(default_factory=dict)

    def about(self, preset: str) -> Details:
        """Return what is known of a preset, by its name."""
        return self.details.get(preset, Details())
