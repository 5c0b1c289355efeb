"""Tables, repositories, sessions, the embedded server and its migrations."""
