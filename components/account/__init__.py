"""The parts of the Account page, one a file."""
