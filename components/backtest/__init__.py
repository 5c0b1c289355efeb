"""The strategy pages: what is asked, how it is set, and how a result is shown."""
