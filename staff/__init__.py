"""Who we are: centres, provinces, lines, accounts, contact points, sign-in, roles, grants and bars."""
