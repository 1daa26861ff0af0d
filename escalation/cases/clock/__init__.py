"""The law's clock: every period of Law 6284 that runs, and who is reminded until the act is recorded."""
