"""Tools for people who work on Koza; nothing here is installed or runs in production."""
