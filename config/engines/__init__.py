"""Real PostgreSQL and Redis servers under our own supervision, for a machine that has none.

Only the binaries of the wheels are used. A server is a foreground child with a unix socket in a short, private
folder; it is found again after a crash by process id *and* start time, so that a recycled id is never killed.
"""
