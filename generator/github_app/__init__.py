"""`spot-runner github-app check`: what the GitHub Apps of a deployment lack; only reads."""
