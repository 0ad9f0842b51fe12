"""`spot-runner local`: this project's stacks on the embedded AWS."""
