"""`spot-runner doctor`: what is wrong with set-up, rights, quotas and the GitHub side; only reads."""
