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
- **Analyst** answers questions in your own words. Every figure in an answer opens the data it came from; chats are
  kept.
- **Backtesting** tests a strategy from the library, or rules you put together, on any instrument, searches its
  parameters and says whether the best result is more than luck. **My strategies** keeps what you save.
- **Portfolio**, **Holdings**, **Transactions**, **Performance**, **Risk** and **Tax** are your ledger: what you hold,
  what it earned and how that was computed. Transactions takes the files of brokers; an import can be undone with one
  click.
- **Data** takes your own files, says exactly what was wrong with them, and lists findings and sources.
- **Account** holds your name, password, devices, preferences, notices, limits and your data; **Inbox** what the desk
  has to tell you and your price alerts. Both are there once you are signed in.
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
st.subheader("Returns")
st.markdown(
    """
- **TWR**, the time-weighted return, is what the holdings did, whenever money came or went: compare it with an index.
- **XIRR**, the money-weighted return a year, is what your own money did: a good year with little in it counts little.
- A figure that cannot be told says why. A price that is missing is not zero, and a return over a few days is not a
  year's.
- The tax report follows dated rules with their sources. It is not advice.
"""
)
st.subheader("Accounts")
st.markdown(
    """
- **Signing in** lasts until you sign out, or until this browser was not used for a while. Account, Security lists every
  browser that is signed in; any of them can be signed out from there, and its open tabs close with it.
- **Codes** have six digits, work once, for ten minutes and for five tries. Nobody from this desk asks you for one.
- **An authenticator app** adds a code from your phone to your password. Keep its recovery codes elsewhere: each signs
  you in once when the phone is lost. Admins always need a second code, from a mail or from the app.
- **Forgotten password**: ask for a code on the sign-in page. A new password signs out every browser.
- **A demo desk** needs no form. It belongs to one browser, nobody else sees what is in it, and it is deleted after
  a day.
"""
)
st.subheader("Limits")
st.markdown(
    """
Questions to the desk are counted over the last minute, within a chat, over the last hour and over the last 24 hours.
Account, Limits shows what is left and when it returns; a new chat begins with all of its own. Signing in, asking for
codes, downloading your data and giving files have limits too, which say when to try again.
"""
)
st.subheader("Privacy")
st.markdown(
    """
- Your files, layouts, watchlist, alerts and messages are yours alone: every read asks whose they are.
- Passwords are kept as bcrypt hashes; codes and sign-ins as hashes; the key of an authenticator app encrypted.
- Account, Data gives you a copy of everything held about you, and deletes all of it. What admins did is kept in a log
  that cannot be changed; it holds numbers and user names of accounts, no addresses.
- Admins see names, addresses, sign-in times, limits and how much a desk is used.
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
