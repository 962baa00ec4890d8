"""People of the offices: accounts, roles, sign-in."""
