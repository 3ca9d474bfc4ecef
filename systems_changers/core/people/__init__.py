"""People: accounts, persons and memberships, sign-in, and the one table of permissions."""
