"""The deployment's table as its template describes it, made in any DynamoDB."""

from typing import Any

from generator.stacks.table import table

TAKEN = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


def make(dynamodb: Any, name: str) -> None:
    """Create the table under a name; streams, tags and backups are none of a test's business."""
    properties = table("spot-runner").to_dict()["Properties"]
    dynamodb.create_table(TableName=name, **{key: properties[key] for key in TAKEN})
