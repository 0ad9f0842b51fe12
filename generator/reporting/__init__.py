"""Keeps GitHub issues in step with the deployed `/status`: read, decide (pure), do."""
