"""Looking at builds: Image Builder says how far they are, EC2 whether their AMI can be launched."""

from dataclasses import replace

from lambdas.adapters import amis, images
from lambdas.adapters.clients import World
from lambdas.adapters.errors import NotFoundError
from lambdas.core import builds, rounds
from lambdas.core.errors import InvalidImageError
from lambdas.core.state import Build


def with_ami(world: World, build: Build, known: Build | None = None) -> Build:
    """Return a build with what EC2 says of its AMI; EC2 is asked once per AVAILABLE build."""
    if build.ami_id is None:
        return build
    if known and known.ami_id == build.ami_id:
        return replace(build, ami_state=known.ami_state, root_device_name=known.root_device_name)
    return builds.looked_at(build, amis.describe(world.ec2, [build.ami_id]).get(build.ami_id))


def poll(world: World, build: Build) -> Build | None:
    """Return the newest fact about a known build, or None if there is nothing to say yet."""
    try:
        return _seen(world, build.build_arn)
    except NotFoundError:
        return rounds.vanished(build, world.now)
    except InvalidImageError:  # an answer that nobody can read says nothing; the next one may
        return None


def discover(world: World, build_arn: str) -> Build | None:
    """Return a fact about a build that Image Builder listed, or None if there is nothing to say yet."""
    try:
        return _seen(world, build_arn)
    except (NotFoundError, InvalidImageError):
        return None


def _seen(world: World, build_arn: str) -> Build | None:
    observed = images.get(world.imagebuilder, build_arn, at=world.now, site=world.site)
    build = with_ami(world, observed.build)
    return build if builds.is_settled(build, world.now) else None
