"""The demo market: simulated prices, companies and news for anyone without a vendor, always labelled so."""

from core.market.sources.demo.source import DemoMarket

__all__ = ["DemoMarket"]
