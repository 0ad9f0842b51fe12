"""EC2 Image Builder behind its real API: resources, builds that move by the clock, and the AMIs they end in."""

from embedded.aws.imagebuilder.service import ImageBuilder

__all__ = ["ImageBuilder"]
