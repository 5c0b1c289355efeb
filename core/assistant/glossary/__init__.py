"""Terms of investing in plain words, written for this project: what each is, how it is reckoned, read, and misread."""

from core.assistant.glossary.terms import Term, explain, near, terms

__all__ = ["Term", "explain", "near", "terms"]
