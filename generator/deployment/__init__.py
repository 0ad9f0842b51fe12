"""What is deployed and how it gets there: plan, deploy, destroy, bootstrap, each over any boto3 clients."""
