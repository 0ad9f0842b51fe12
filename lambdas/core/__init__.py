"""Pure values and decisions: no I/O, `now` is a parameter."""
