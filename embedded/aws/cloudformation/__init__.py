"""CloudFormation behind its real API: change sets, updates, rollbacks and custom resources, on moto's services."""

from embedded.aws.cloudformation.api import install
from embedded.aws.cloudformation.engine import Engine

__all__ = ["Engine", "install"]
