"""The only doors to the world: one file per service, no decisions."""
