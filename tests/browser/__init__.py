"""The whole house in a browser: what staff see and do, against the real processes."""
