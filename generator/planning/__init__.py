"""What a deployment would do, found by comparing alone: in words, as JSON, as Markdown, and in a comment."""
