"""Kills every process of a running house in a stream of calls and texts, and counts what is missing."""
