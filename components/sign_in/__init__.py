"""The ways in: name and password, a new account, a new password, a look around."""
