"""What is baked into an AMI: Image Builder component documents and the boot script."""
