"""What events missed of jobs and machines: each duty of a round can be broken off anywhere, and done again."""
