"""The table: every fact and every state of the deployment, and the sparse index by which they are found."""

from troposphere import dynamodb

from generator.stacks import tags

TABLE = "Table"
INDEX = "byKind"
# What readers of the index take from it; whoever decides reads the item itself, consistently. Of AMI: what GET /status
# shows, and what tells reconcile whom to look at. Of JOB#open, JOB#parked and RUNNER#live: what matches jobs with
# machines. Named for all kinds from the start, because another projection means another index.
PROJECTED = (
    "amiId",
    "expiresAt",
    "labels",
    "launchId",
    "launchedAt",
    "preset",
    "presetName",
    "reason",
    "recipeHash",
    "repository",
    "runnerId",
    "runningJob",
    "since",
    "status",
    "version",
)


def table(deployment: str) -> dynamodb.Table:
    """Return the table; its name is made up, so that a new stack never stumbles over a table that was kept.

    DynamoDB encrypts it with a key of its own, which needs no rights in KMS.
    """
    return dynamodb.Table(
        TABLE,
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
        AttributeDefinitions=[
            dynamodb.AttributeDefinition(AttributeName=name, AttributeType="S")
            for name in ("PK", "SK", "kind", "updatedAt")
        ],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
        GlobalSecondaryIndexes=[by_kind()],
        KeySchema=_keys("PK", "SK"),
        PointInTimeRecoverySpecification=dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=True),
        Tags=tags.listed(tags.of_deployment(deployment)),
        TimeToLiveSpecification=dynamodb.TimeToLiveSpecification(AttributeName="ttl", Enabled=True),
    )


def by_kind() -> dynamodb.GlobalSecondaryIndex:
    """Return the index: items that have a `kind`, by it and by when they last changed."""
    return dynamodb.GlobalSecondaryIndex(
        IndexName=INDEX,
        KeySchema=_keys("kind", "updatedAt"),
        Projection=dynamodb.Projection(ProjectionType="INCLUDE", NonKeyAttributes=list(PROJECTED)),
    )


def _keys(partition: str, sort: str) -> list[dynamodb.KeySchema]:
    return [
        dynamodb.KeySchema(AttributeName=partition, KeyType="HASH"),
        dynamodb.KeySchema(AttributeName=sort, KeyType="RANGE"),
    ]
