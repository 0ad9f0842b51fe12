"""What became of a job: its row in the table, in words, and what to do about it."""
