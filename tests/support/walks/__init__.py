"""Any call in virtual time: drawn by number (`draw`), played against the real door (`play`), and judged (`judge`)."""
