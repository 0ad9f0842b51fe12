"""The artifact bucket: templates and bundles, each under the hash of its content."""

from awacs.aws import Action, Bool, Condition, Deny, Principal, Statement
from troposphere import GetAtt, Ref, Sub, s3

from generator.stacks import iam, tags

BUCKET = "ArtifactBucket"
NONCURRENT_DAYS = 30
UPLOAD_DAYS = 7


def bucket(deployment: str) -> s3.Bucket:
    """Return the bucket: encrypted, versioned, closed to the public, and kept when its stack goes."""
    return s3.Bucket(
        BUCKET,
        DeletionPolicy="Retain",
        UpdateReplacePolicy="Retain",
        BucketEncryption=s3.BucketEncryption(
            ServerSideEncryptionConfiguration=[
                s3.ServerSideEncryptionRule(
                    ServerSideEncryptionByDefault=s3.ServerSideEncryptionByDefault(SSEAlgorithm="AES256")
                )
            ]
        ),
        LifecycleConfiguration=lifecycle(),
        OwnershipControls=s3.OwnershipControls(Rules=[s3.OwnershipControlsRule(ObjectOwnership="BucketOwnerEnforced")]),
        PublicAccessBlockConfiguration=s3.PublicAccessBlockConfiguration(
            BlockPublicAcls=True, BlockPublicPolicy=True, IgnorePublicAcls=True, RestrictPublicBuckets=True
        ),
        VersioningConfiguration=s3.VersioningConfiguration(Status="Enabled"),
        Tags=tags.listed(tags.of_deployment(deployment)),
    )


def lifecycle() -> s3.LifecycleConfiguration:
    """Return what S3 clears away: versions that were replaced, uploads that never ended; nothing that is current."""
    return s3.LifecycleConfiguration(
        Rules=[
            s3.LifecycleRule(
                Id="replaced-versions",
                Prefix="",  # everything
                Status="Enabled",
                NoncurrentVersionExpiration=s3.NoncurrentVersionExpiration(NoncurrentDays=NONCURRENT_DAYS),
                AbortIncompleteMultipartUpload=s3.AbortIncompleteMultipartUpload(DaysAfterInitiation=UPLOAD_DAYS),
            )
        ]
    )


def policy() -> s3.BucketPolicy:
    """Return the bucket's policy: nothing goes over a connection without TLS."""
    refusal = Statement(
        Sid="OnlyOverTls",
        Effect=Deny,
        Principal=Principal("*"),
        Action=[Action("s3", "*")],
        Resource=[GetAtt(BUCKET, "Arn"), Sub(f"${{{BUCKET}.Arn}}/*")],
        Condition=Condition(Bool({"aws:SecureTransport": "false"})),
    )
    return s3.BucketPolicy("ArtifactBucketPolicy", Bucket=Ref(BUCKET), PolicyDocument=iam.document([refusal]))
