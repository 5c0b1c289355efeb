"""The Analyst page's parts: the list of chats, messages and their evidence, figures, the way a question is asked."""
