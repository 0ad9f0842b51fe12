"""What runs in AWS: thin handlers, one file per function."""
