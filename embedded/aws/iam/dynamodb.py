"""What a request to DynamoDB's items asks for: per item, with the keys and attributes that conditions look at.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from embedded.aws.iam.requests import Request, Row

Params = Mapping[str, Any]
SINGLE = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"}
IN_TRANSACTION = {"ConditionCheck": "ConditionCheckItem"}
NAME = re.compile(r"(?<![:.\w#])#?[A-Za-z_]\w*\b(?!\s*\()")  # no value, no nested path, no function
WORDS = {"SET", "REMOVE", "ADD", "DELETE", "AND", "OR", "NOT", "BETWEEN", "IN"}
EXPRESSIONS = tuple(f"{kind}Expression" for kind in ("Projection", "Filter", "KeyCondition", "Condition", "Update"))


def rows(request: Request) -> Iterator[Row]:
    """Yield the rows of an operation on items; nothing for any other."""
    params = request.params
    if request.operation in SINGLE:
        yield _row(request, request.operation, params)
    elif request.operation == "BatchGetItem":
        for table, key in ((name, key) for name, asked in params["RequestItems"].items() for key in asked["Keys"]):
            yield _row(request, request.operation, {"TableName": table, "Key": key})
    elif request.operation == "TransactWriteItems":
        for kind, item in ((kind, item) for one in params["TransactItems"] for kind, item in one.items()):
            yield _row(request, IN_TRANSACTION.get(kind, f"{kind}Item"), item)


def _row(request: Request, action: str, params: Params) -> Row:
    name, index = params["TableName"].rpartition("/")[2], params.get("IndexName")
    context: dict[str, Any] = {"dynamodb:Attributes": tuple(sorted(_attributes(params)))}
    leading = _leading_key(request, name, index, params)
    if leading is not None:
        context["dynamodb:LeadingKeys"] = (leading,)
    resource = request.arn(f"table/{name}" + (f"/index/{index}" if index else ""))
    return Row(action=f"dynamodb:{action}", resource=resource, context=context)


def _leading_key(request: Request, table: str, index: str | None, params: Params) -> str | None:
    """Return the value of the partition key that a request names, or None if it names none."""
    known = dynamodb_backends[request.account][request.region].tables.get(table)
    if known is None:
        return None
    schema = known.get_index(index).schema if index else known.schema
    partition_key = next(part["AttributeName"] for part in schema if part["KeyType"] == "HASH")
    value = (params.get("Key") or params.get("Item") or {}).get(partition_key)
    if value is None:
        aliases, values = params.get("ExpressionAttributeNames", {}), params.get("ExpressionAttributeValues", {})
        equalities = re.findall(r"(#?\w+)\s*=\s*(:\w+)", params.get("KeyConditionExpression", ""))
        value = next(
            (values.get(given) for name, given in equalities if aliases.get(name, name) == partition_key), None
        )
    return None if value is None else str(next(iter(value.values())))


def _attributes(params: Params) -> set[str]:
    """Return the top-level attributes that a request names, its keys among them."""
    aliases = params.get("ExpressionAttributeNames", {})
    names = {name for expression in EXPRESSIONS for name in NAME.findall(params.get(expression) or "")}
    named = {aliases.get(name, name) for name in names if name.upper() not in WORDS}
    return named | set(params.get("Key", {})) | set(params.get("Item", {}))
