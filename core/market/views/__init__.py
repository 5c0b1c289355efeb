"""What a page shows, put together from the market service: one module a page."""
