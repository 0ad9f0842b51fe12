"""Speed and size, measured as whole processes: `make bench`."""
