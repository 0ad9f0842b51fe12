"""A second, slow opinion on the state of an AMI: it lives through what happened, one event after the other.

It knows no facts, no times and no sorting: builds are in the order in which they began, because that is when it heard
of them.
"""

from dataclasses import dataclass, field

ENDED = ("AVAILABLE", "FAILED", "CANCELLED")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """A recipe was deployed (another one, or the same again); a letter names it, capitals are for arm64.

    Letters of OWN_AMIS name no recipe, but an own AMI: each deployment looks whether it is there.
    """

    recipe: str


@dataclass(frozen=True, kw_only=True)
class Began:
    """A build began."""

    build: int
    recipe: str


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A build changed its status; `image` is its AMI, if it listed one here."""

    build: int
    status: str
    image: str | None = None


@dataclass(frozen=True, kw_only=True)
class Lost:
    """The AMI of a build was deregistered, or an own AMI is no longer to be seen."""

    build: int


@dataclass(frozen=True, kw_only=True)
class Returned:
    """An own AMI is to be seen again: it was shared once more, say."""

    build: int


@dataclass(frozen=True, kw_only=True)
class Waited:
    """So much time went by that a build would have begun if there were to be one."""


Event = Deployed | Began | Moved | Lost | Returned | Waited
OWN_AMIS = {"o": 100, "p": 101}  # what stands for their builds


def own_ami(build: int) -> str | None:
    """Return the id of the own AMI that a number stands for, or None."""
    return f"ami-{build}" if build in OWN_AMIS.values() else None


@dataclass
class _Build:
    recipe: str
    status: str = "PENDING"
    ami: str | None = None


@dataclass
class Model:
    """What a person would say who had watched everything."""

    deployed: str = ""
    recently: list[str] = field(default_factory=list)
    builds: dict[int, _Build] = field(default_factory=dict)
    of_this_deployment: list[int] = field(default_factory=list)
    waited: bool = False

    def hear(self, event: Event) -> None:
        """Live through one event."""
        match event:
            case Deployed(recipe=recipe):
                if recipe in OWN_AMIS:
                    self._see(OWN_AMIS[recipe], recipe)
                if recipe != self.deployed:
                    self.waited = False
                    own = {name: build for name, build in self.builds.items() if build.recipe == recipe}
                    self.of_this_deployment = [
                        name for name, build in own.items() if build.status not in ENDED or recipe in OWN_AMIS
                    ]
                self.deployed = recipe
                self.recently = [recipe, *(one for one in self.recently if one != recipe)]
            case Began(build=build, recipe=recipe):
                self.builds[build] = _Build(recipe=recipe)
                if recipe == self.deployed:
                    self.of_this_deployment.append(build)
            case Moved(build=build, status=status, image=image):
                self.builds[build].status = status
                self._concerns_now(build)
                self.builds[build].ami = image if status == "AVAILABLE" else None
            case Waited():
                self.waited = True
            case Lost(build=build):
                self.builds[build].ami = None
                self._concerns_now(build)
            case Returned(build=build):
                self.builds[build].ami = own_ami(build)

    def _see(self, build: int, recipe: str) -> None:
        self.builds.setdefault(build, _Build(recipe=recipe, status="AVAILABLE", ami=own_ami(build)))

    def _concerns_now(self, build: int) -> None:
        if self.builds[build].recipe == self.deployed:
            self.of_this_deployment = sorted({*self.of_this_deployment, build})

    @property
    def ami(self) -> str | None:
        """Return the AMI that serves."""
        for recipe in self.recently:
            if recipe.isupper() != self.deployed.isupper():
                continue
            if (recipe in OWN_AMIS) != (self.deployed in OWN_AMIS):
                continue  # a machine of one kind does not understand what one of the other is told
            for build in reversed(self.builds.values()):
                if build.recipe == recipe and build.ami:
                    return build.ami
        return None

    @property
    def status(self) -> str:
        """Return building, ready or failed."""
        own = [build for build in self.builds.values() if build.recipe == self.deployed]
        has_ami = any(build.ami for build in own)
        for number in reversed(self.of_this_deployment):
            if any(build.ami for later, build in self.builds.items() if later > number and build in own):
                break  # whatever became of it: a build that began after it has given an AMI
            if self.builds[number].status in ("FAILED", "CANCELLED"):
                return "failed"
            if self.builds[number].status == "AVAILABLE":
                if not has_ami:
                    return "failed"
                break
        if any(build.status not in ENDED for build in own):
            return "building"
        return "ready" if has_ami else "failed" if self.waited else "building"
