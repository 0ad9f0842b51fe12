"""Functions as processes: each runs in the real Lambda runtime, with its own code and credentials."""
