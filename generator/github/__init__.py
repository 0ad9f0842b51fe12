"""The door to GitHub's REST API, for the repository that a command works for; the commands open it when they run."""
