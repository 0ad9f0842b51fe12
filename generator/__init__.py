"""The `spot-runner` command: presets in, CloudFormation, bundles and deployments out."""
