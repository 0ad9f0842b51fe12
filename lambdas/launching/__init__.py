"""From jobs to machines: what `launch` does, step by step; every step can be done again by whoever finds it undone."""
