"""The one table in DynamoDB, in which every row has a partition key and a sort key, and its index of what goes on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

INDEX = "byKind"
ABSENT = "attribute_not_exists(PK)"


@dataclass(frozen=True, kw_only=True)
class Table:
    """The one table, and the client that reaches it."""

    client: "DynamoDBClient"
    name: str
