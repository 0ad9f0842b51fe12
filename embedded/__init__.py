"""For any template, knowing nothing of this project: an AWS in one process."""
