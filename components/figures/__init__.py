"""Figures: one theme, numbers sent as typed arrays, a text alternative for each."""

from components.figures.drawn import Drawn
from components.figures.price import PriceFigure, price_figure

__all__ = ["Drawn", "PriceFigure", "price_figure"]
