"""The rows of jobs in the table, `JOB#<job id>`."""

from lambdas.adapters.errors import named
from lambdas.adapters.items import encode
from lambdas.adapters.table import Table
from lambdas.core.jobs import REFUSED
from lambdas.core.records import Record

JOB = "JOB"


def refuse(table: Table, row: Record) -> None:
    """Write the row of a refused job, or raise ConflictError if that job was accepted before."""
    with named():
        table.client.put_item(
            TableName=table.name,
            Item=encode({"PK": f"JOB#{row['jobId']}", "SK": JOB, **row}),
            ConditionExpression="attribute_not_exists(PK) OR #status = :refused",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues=encode({":refused": REFUSED}),
        )
