"""What moto's EC2 lacks: capacity that runs out, images as they were registered, and events of instances."""

from embedded.aws.ec2.fleets import Fleets

__all__ = ["Fleets"]
