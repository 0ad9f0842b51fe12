"""May an AWS service do something to a resource? As the resource's own policy says."""

import json
from typing import Any

from embedded.aws.iam.conditions import listed
from embedded.aws.iam.evaluation import Verdict, evaluate
from embedded.aws.iam.patterns import ClosedContext


def allows(statements: list[dict[str, Any]], service: str, action: str, resource: str, source_arn: str) -> bool:
    """Tell whether `service` (`events.amazonaws.com`) may do `action` for the rule or API that is the source."""
    own = [statement for statement in statements if _is_for(statement, service)]
    values = {"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4], "aws:securetransport": "true"}
    context = ClosedContext(values={key: (value,) for key, value in values.items()}, resource_tags=dict)
    return evaluate([json.dumps({"Statement": own})], action, resource, context) is Verdict.ALLOWED


def statements_of(policy: str | None) -> list[dict[str, Any]]:
    """Return the statements of a policy document given as JSON, or none."""
    return listed(json.loads(policy)["Statement"]) if policy else []


def _is_for(statement: dict[str, Any], service: str) -> bool:
    principal = statement["Principal"]
    if principal == "*" or principal.get("AWS") == "*":
        return True
    return service in listed(principal.get("Service", []))
