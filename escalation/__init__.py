"""What happens when the board alone is not enough: pages to on-call staff, cases, and the other unit's files."""
