"""Setting an account up: whom to trust, the roles, and what an account lacks besides."""
