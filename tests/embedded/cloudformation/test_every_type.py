"""Every type of types.yaml is deployed, updated in place where it can be, and deleted again."""

from __future__ import annotations

from typing import Any

from embedded.aws.cloudformation.steps import types


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def _allow(action: str, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
    return {"Version": "2012-10-17", "Statement": [statement]}


TAGS = [{"Key": "team", "Value": "rockets"}]
RESOURCES: dict[str, tuple[str, dict[str, Any]]] = {
    "Bucket": (
        "AWS::S3::Bucket",
        {
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [
                    {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
                ]
            },
            "VersioningConfiguration": {"Status": "Enabled"},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "old",
                        "Status": "Enabled",
                        "Prefix": "bundles/",
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                    }
                ]
            },
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "RestrictPublicBuckets": "true"},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "Tags": TAGS,
        },
    ),
    "BucketPolicy": (
        "AWS::S3::BucketPolicy",
        {"Bucket": _ref("Bucket"), "PolicyDocument": _allow("s3:GetObject", Principal="*")},
    ),
    "Table": (
        "AWS::DynamoDB::Table",
        {
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "kind")],
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "byKind",
                    "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["status"]},
                }
            ],
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
            "DeletionProtectionEnabled": False,
            "Tags": TAGS,
        },
    ),
    "Secret": (
        "AWS::SecretsManager::Secret",
        {
            "Description": "webhook",
            "GenerateSecretString": {
                "PasswordLength": 40,
                "ExcludePunctuation": True,
            },
            "Tags": TAGS,
        },
    ),
    "Value": (
        "AWS::SSM::Parameter",
        {"Name": "/rockets/stack/table", "Type": "String", "Value": _ref("Table"), "Tags": {"team": "rockets"}},
    ),
    "Vpc": (
        "AWS::EC2::VPC",
        {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": True, "Tags": TAGS},
    ),
    "Subnet": (
        "AWS::EC2::Subnet",
        {
            "VpcId": _ref("Vpc"),
            "CidrBlock": "10.0.0.0/24",
            "AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
            "MapPublicIpOnLaunch": True,
            "Tags": TAGS,
        },
    ),
    "Gateway": ("AWS::EC2::InternetGateway", {"Tags": TAGS}),
    "Attachment": (
        "AWS::EC2::VPCGatewayAttachment",
        {"VpcId": _ref("Vpc"), "InternetGatewayId": _ref("Gateway")},
    ),
    "Routes": ("AWS::EC2::RouteTable", {"VpcId": _ref("Vpc"), "Tags": TAGS}),
    "Route": (
        "AWS::EC2::Route",
        {"RouteTableId": _ref("Routes"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": _ref("Gateway")},
    ),
    "Association": (
        "AWS::EC2::SubnetRouteTableAssociation",
        {"SubnetId": _ref("Subnet"), "RouteTableId": _ref("Routes")},
    ),
    "Group": (
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "runners",
            "VpcId": _ref("Vpc"),
            "Tags": TAGS,
        },
    ),
    "Endpoint": (
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": _ref("Vpc"),
            "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
            "VpcEndpointType": "Gateway",
            "RouteTableIds": [_ref("Routes")],
            "PolicyDocument": _allow("s3:*", Principal="*"),
        },
    ),
    "Machines": (
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateData": {
                "InstanceInitiatedShutdownBehavior": "terminate",
                "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
                "SecurityGroupIds": [_ref("Group")],
                "UserData": {"Fn::Base64": {"Fn::Sub": "${Table}"}},
                "TagSpecifications": [{"ResourceType": "instance", "Tags": TAGS}],
            },
            "TagSpecifications": [{"ResourceType": "launch-template", "Tags": TAGS}],
        },
    ),
    "Role": (
        "AWS::IAM::Role",
        {
            "AssumeRolePolicyDocument": _trust("lambda"),
            "PermissionsBoundary": _ref("Boundary"),
            "ManagedPolicyArns": [_ref("Boundary")],
            "Policies": [{"PolicyName": "own", "PolicyDocument": _allow("logs:*")}],
            "MaxSessionDuration": 3600,
            "Tags": TAGS,
        },
    ),
    "Boundary": (
        "AWS::IAM::ManagedPolicy",
        {"ManagedPolicyName": "rockets-boundary", "PolicyDocument": _allow("*"), "Description": "at most"},
    ),
    "Profile": ("AWS::IAM::InstanceProfile", {"Roles": [_ref("Role")]}),
    "Provider": (
        "AWS::IAM::OIDCProvider",
        {
            "Url": "https://token.actions.githubusercontent.com",
            "ClientIdList": ["sts.amazonaws.com"],
            "Tags": TAGS,
        },
    ),
    "Function": (
        "AWS::Lambda::Function",
        {
            "Role": _att("Role", "Arn"),
            "Runtime": "python3.13",
            "Architectures": ["arm64"],
            "Handler": "index.handler",
            "Code": {"S3Bucket": "code", "S3Key": "1.zip"},
            "Environment": {"Variables": {"TABLE": _ref("Table")}},
            "Timeout": "10",
            "MemorySize": 256,
            "LoggingConfig": {"LogFormat": "JSON", "LogGroup": _ref("Logs")},
            "ReservedConcurrentExecutions": 2,
            "Tags": TAGS,
        },
    ),
    "Permission": (
        "AWS::Lambda::Permission",
        {
            "FunctionName": _ref("Function"),
            "Action": "lambda:InvokeFunction",
            "Principal": "events.amazonaws.com",
            "SourceArn": _att("Rule", "Arn"),
        },
    ),
    "Mapping": (
        "AWS::Lambda::EventSourceMapping",
        {
            "FunctionName": _ref("Function"),
            "EventSourceArn": _att("Queue", "Arn"),
            "BatchSize": 10,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        },
    ),
    "Async": (
        "AWS::Lambda::EventInvokeConfig",
        {
            "FunctionName": _ref("Function"),
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {"OnFailure": {"Destination": _att("Queue", "Arn")}},
        },
    ),
    "Dead": ("AWS::SQS::Queue", {"MessageRetentionPeriod": 1209600}),
    "Queue": (
        "AWS::SQS::Queue",
        {
            "QueueName": "rockets-events",
            "VisibilityTimeout": 360,
            "RedrivePolicy": {"deadLetterTargetArn": _att("Dead", "Arn"), "maxReceiveCount": 5},
            "SqsManagedSseEnabled": True,
            "Tags": TAGS,
        },
    ),
    "QueuePolicy": (
        "AWS::SQS::QueuePolicy",
        {"Queues": [_ref("Queue")], "PolicyDocument": _allow("sqs:SendMessage", Principal="*")},
    ),
    "Topic": ("AWS::SNS::Topic", {"DisplayName": "alarms", "Tags": TAGS}),
    "Subscription": (
        "AWS::SNS::Subscription",
        {"TopicArn": _ref("Topic"), "Protocol": "email", "Endpoint": "ops@example.com"},
    ),
    "Rule": (
        "AWS::Events::Rule",
        {
            "EventPattern": {"source": ["aws.imagebuilder"]},
            "State": "ENABLED",
            "Targets": [
                {
                    "Id": "queue",
                    "Arn": _att("Queue", "Arn"),
                    "DeadLetterConfig": {"Arn": _att("Dead", "Arn")},
                    "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
                }
            ],
            "Tags": TAGS,
        },
    ),
    "Api": ("AWS::ApiGatewayV2::Api", {"Name": "status", "ProtocolType": "HTTP", "Tags": {"team": "rockets"}}),
    "Integration": (
        "AWS::ApiGatewayV2::Integration",
        {
            "ApiId": _ref("Api"),
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": _att("Function", "Arn"),
            "PayloadFormatVersion": "2.0",
        },
    ),
    "GetStatus": (
        "AWS::ApiGatewayV2::Route",
        {
            "ApiId": _ref("Api"),
            "RouteKey": "GET /status",
            "Target": {"Fn::Join": ["/", ["integrations", _ref("Integration")]]},
        },
    ),
    "PostHook": (
        "AWS::ApiGatewayV2::Route",
        {
            "ApiId": _ref("Api"),
            "RouteKey": "POST /hook",
            "Target": {"Fn::Join": ["/", ["integrations", _ref("Integration")]]},
        },
    ),
    "Stage": (
        "AWS::ApiGatewayV2::Stage",
        {
            "ApiId": _ref("Api"),
            "StageName": "$default",
            "AutoDeploy": True,
            "DefaultRouteSettings": {"ThrottlingBurstLimit": 10, "ThrottlingRateLimit": 5},
            "RouteSettings": {"POST /hook": {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50}},
        },
    ),
    "Logs": ("AWS::Logs::LogGroup", {"LogGroupName": "/aws/lambda/rockets", "RetentionInDays": 30, "Tags": TAGS}),
    "Alarm": (
        "AWS::CloudWatch::Alarm",
        {
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": _att("Dead", "QueueName")}],
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [_ref("Topic")],
            "Tags": TAGS,
        },
    ),
    "Dashboard": ("AWS::CloudWatch::Dashboard", {"DashboardBody": '{"widgets": []}'}),
}
NEEDS = {"Route": "Attachment", "Stage": "PostHook"}
CHANGES: dict[str, dict[str, Any]] = {
    "Bucket": {"VersioningConfiguration": {"Status": "Suspended"}, "Tags": []},
    "BucketPolicy": {"PolicyDocument": _allow("s3:ListBucket", Principal="*")},
    "Table": {"DeletionProtectionEnabled": True, "PointInTimeRecoverySpecification": None},
    "Secret": {"Description": "hook"},
    "Value": {"Value": "other", "Tags": {"team": "boats"}},
    "Vpc": {"EnableDnsHostnames": False, "Tags": []},
    "Subnet": {"MapPublicIpOnLaunch": False},
    "Machines": {"LaunchTemplateData": {"InstanceType": "m7g.large"}},
    "Role": {"Policies": [], "ManagedPolicyArns": [], "PermissionsBoundary": None, "Description": "new"},
    "Boundary": {"PolicyDocument": _allow("ec2:*")},
    "Profile": {"Roles": []},
    "Function": {"Timeout": 20, "Code": {"S3Bucket": "code", "S3Key": "2.zip"}, "ReservedConcurrentExecutions": None},
    "Mapping": {"BatchSize": 5},
    "Async": {"MaximumRetryAttempts": 1},
    "Queue": {"VisibilityTimeout": 60},
    "QueuePolicy": {"PolicyDocument": _allow("sqs:*", Principal="*")},
    "Rule": {"State": "DISABLED", "Targets": []},
    "Api": {"Name": "states"},
    "Integration": {"TimeoutInMillis": 5000},
    "GetStatus": {"RouteKey": "GET /state"},
    "Stage": {"DefaultRouteSettings": {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 5}},
    "Logs": {"RetentionInDays": 7},
    "Alarm": {"Threshold": 3},
    "Dashboard": {"DashboardBody": '{"widgets": [], "start": "-PT1H"}'},
}


def _everything(changes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    resources: dict[str, Any] = {}
    for name, (kind, properties) in RESOURCES.items():
        merged = {key: value for key, value in {**properties, **changes.get(name, {})}.items() if value is not None}
        resources[name] = {"Type": kind, "Properties": merged}
        if name in NEEDS:
            resources[name]["DependsOn"] = NEEDS[name]
    return {"Resources": resources}


def test_every_type_but_image_builders_is_deployed_here() -> None:
    tried = {kind for kind, _ in RESOURCES.values()}
    assert {kind for kind in types() if "ImageBuilder" not in kind} == tried


def test_a_stack_of_every_type_is_created_changed_in_place_and_deleted(aws: Any) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for name in ("1.zip", "2.zip"):
        s3.put_object(Bucket="code", Key=name, Body=b"PK\x05\x06" + bytes(18))
    aws.deploy("everything", _everything({}), Tags=[{"Key": "owner", "Value": "us"}])
    before = aws.resources("everything")
    stage = aws.client("apigatewayv2").get_stage(ApiId=before["Api"], StageName="$default")
    assert stage["RouteSettings"]["POST /hook"] == {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50.0}
    assert before["Bucket"] == before["Bucket"].lower()
    shown = aws.change("everything", _everything(CHANGES), name="look")["Changes"]
    assert {one["ResourceChange"]["LogicalResourceId"] for one in shown} >= CHANGES.keys()
    aws.deploy("everything", _everything(CHANGES))
    assert aws.resources("everything") == before
    aws.client("dynamodb").update_table(TableName=before["Table"], DeletionProtectionEnabled=False)
    aws.delete("everything")
    assert _left(aws, before) == {}


def _left(aws: Any, ids: dict[str, str]) -> dict[str, Any]:
    group = {"Name": "vpc-id", "Values": [ids["Vpc"]]}
    found = {
        "buckets": [one for one in aws.client("s3").list_buckets()["Buckets"] if one["Name"] != "code"],
        "tables": aws.client("dynamodb").list_tables()["TableNames"],
        "secrets": aws.client("secretsmanager").list_secrets()["SecretList"],
        "parameters": aws.client("ssm").describe_parameters()["Parameters"],
        "vpcs": aws.client("ec2").describe_vpcs(Filters=[group])["Vpcs"],
        "templates": aws.client("ec2").describe_launch_templates()["LaunchTemplates"],
        "roles": aws.client("iam").list_roles()["Roles"],
        "policies": aws.client("iam").list_policies(Scope="Local")["Policies"],
        "functions": aws.client("lambda").list_functions()["Functions"],
        "mappings": aws.client("lambda").list_event_source_mappings()["EventSourceMappings"],
        "queues": aws.client("sqs").list_queues().get("QueueUrls"),
        "topics": aws.client("sns").list_topics()["Topics"],
        "rules": aws.client("events").list_rules()["Rules"],
        "apis": aws.client("apigatewayv2").get_apis()["Items"],
        "logs": aws.client("logs").describe_log_groups()["logGroups"],
        "alarms": aws.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "dashboards": aws.client("cloudwatch").list_dashboards()["DashboardEntries"],
    }
    return {name: rows for name, rows in found.items() if rows}
