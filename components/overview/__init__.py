"""The parts of the Market page: each takes values of the view and draws them."""
