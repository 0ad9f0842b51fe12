"""AWS's partitions: in which one a Region is, and where its console is. AWS is not asked."""

# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def partition(region: str) -> str:
    """Return the partition of a Region, such as `aws`, as the AWS SDK's own data has it."""
    from botocore.session import Session  # noqa: PLC0415 - slow to import

    return str(Session().get_partition_for_region(region))


def pipeline_url(region: str, pipeline_arn: str) -> str:
    """Return the console's page of an Image Builder pipeline, which lists its builds."""
    console = CONSOLES.get(partition(region), CONSOLES["aws"])
    return f"https://{region}.{console}/imagebuilder/home?region={region}#/pipelines/{pipeline_arn}"
