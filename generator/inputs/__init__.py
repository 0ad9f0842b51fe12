"""What users write: YAML read with its lines, checked value by value, and what is wrong said in words."""
