"""AWS's partitions: in which one a Region is, and where its console is. AWS is not asked."""

# https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def partition(region: str) -> str:
    """Return the partition of a Region, as the AWS SDK's data has it; a Region newer than that data is of `aws`."""
    from botocore.exceptions import UnknownRegionError  # noqa: PLC0415 - slow to import
    from botocore.loaders import create_loader  # noqa: PLC0415 - as above
    from botocore.regions import EndpointResolver  # noqa: PLC0415 - as above

    # No session: that would read the profile, which roles must not depend on.
    try:
        return str(EndpointResolver(create_loader().load_data("endpoints")).get_partition_for_region(region))
    except UnknownRegionError:
        return "aws"


def pipeline_url(region: str, pipeline_arn: str) -> str:
    """Return the console's page of an Image Builder pipeline, which lists its builds."""
    console = CONSOLES.get(partition(region), CONSOLES["aws"])
    return f"https://{region}.{console}/imagebuilder/home?region={region}#/pipelines/{pipeline_arn}"
