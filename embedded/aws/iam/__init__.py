"""IAM per request: what a role's policies and boundary allow it, by resource ARN and condition."""

from embedded.aws.iam.enforcement import Decision, Enforcement

__all__ = ["Decision", "Enforcement"]
