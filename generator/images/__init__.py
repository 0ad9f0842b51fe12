"""What is baked into an AMI: Image Builder component documents, from Jinja2 templates."""
