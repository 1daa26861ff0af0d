"""The ground every room stands on: settings, database, facts, due times, audit, keys, clock, numbers, words."""
