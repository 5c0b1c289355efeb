"""The analyst: tools, the way from a question to an answer, and what proves each figure."""
