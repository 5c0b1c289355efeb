"""What is wrong with data, and what was done about it."""
