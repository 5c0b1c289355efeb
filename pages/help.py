"""Help: what is where, how to link to it, and what the words mean."""

import streamlit as st

from components.frame import inside_app

inside_app()
st.title("Help")
st.subheader("Pages")
st.markdown(
    """
- **Market** shows indices, breadth, sectors, movers, coming results, news and the state of every source.
- **Charts** draws any instrument with indicators, candle and chart patterns, support and resistance, events and
  comparisons, and gives them back as PNG, SVG, CSV or a stand-alone page.
- **Data** takes your own files, says exactly what was wrong with them, and lists findings and sources.
"""
)
st.subheader("Names of instruments")
st.markdown(
    """
Type a ticker (`TCS`), a name (`tata consultancy`), a short name (`SBI`, `L&T`), or an exchange prefix (`NSE:RELIANCE`,
`$AAPL`). A misspelling is understood when only one instrument can be meant; otherwise you are asked.
"""
)
st.subheader("Links")
st.markdown(
    """
Every chart is a link. Copy the address, or write one:

`/charts?symbol=TCS.NS&range=1y&interval=1d&type=candles`
"""
)
st.subheader("Words")
st.table(
    {
        "Word": ["Source", "As of", "Simulated", "Adjusted for splits", "Finding", "Own instrument"],
        "Meaning": [
            "Who gave a value. It stands beside every number; two sources never mix in one series.",
            "The time a value speaks of, not the time you look at it.",
            "Made by the demo market. It behaves like a market and is none.",
            "Older prices are divided by later splits, so that a split is no fall. Dividends are left in unless asked.",
            "Something wrong with data: what, where, and what was done about it. Nothing is dropped silently.",
            "An instrument made from your file. Only your browser sees it.",
        ],
    },
    alt="Words used on this desk",
)
