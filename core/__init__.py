"""The domain: market data, indicators and what stands on them. Imports no Streamlit."""

__version__ = "0.1.0"
