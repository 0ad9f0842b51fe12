"""Many jobs at once on a simulated clock: the functions' own code, GitHub's and AWS's limits, and what comes of it."""
