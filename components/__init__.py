"""What pages share: the theme, figures, cached reads, and the states a page can be in."""
