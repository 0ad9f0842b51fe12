"""Speed and size, measured as whole processes, and launches, counted and simulated: `make bench`."""
