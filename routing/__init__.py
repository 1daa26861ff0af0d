"""Who is on duty, who is ready, and who gets her."""
