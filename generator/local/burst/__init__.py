"""A burst of jobs on two presets, with all that can go wrong on the way; at its end nothing may be left."""
