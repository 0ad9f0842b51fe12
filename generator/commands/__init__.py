"""The commands of `spot-runner`, one module for each room of the product; all import their work when called."""
