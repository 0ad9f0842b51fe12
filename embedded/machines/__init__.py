"""Machines for the instances of the embedded EC2: processes that boot, ask for metadata and power off."""

from embedded.machines.image import Image
from embedded.machines.machines import Machines

__all__ = ["Image", "Machines"]
