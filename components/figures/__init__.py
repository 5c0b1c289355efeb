"""Figures: one theme, numbers sent as typed arrays, a text alternative for each; import them from their modules."""
