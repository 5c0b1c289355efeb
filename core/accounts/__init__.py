"""People and what they may do: accounts, sign-in, sessions, codes, limits, preferences and the activity log."""
