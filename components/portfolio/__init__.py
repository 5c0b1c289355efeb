"""The parts of the portfolio pages: each takes values of the core's views and draws them."""
