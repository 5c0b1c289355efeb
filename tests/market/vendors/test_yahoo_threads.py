"""One Yahoo asked by many threads at once: one session, each answer its own."""

from concurrent.futures import ThreadPoolExecutor

from core.market.errors import Unavailable
from core.market.instruments import by_symbol
from core.market.model import Interval, Kind
from core.market.sources.base import Request, ask
from core.market.sources.yahoo import Yahoo
from tests.market.vendors.fake_yahoo import FakeYahoo, Fault

SYMBOLS = ("RELIANCE.NS", "TCS.NS", "INFY.NS", "HDFCBANK.NS", "AAPL", "MSFT")


def test_threads_share_a_session_and_never_each_other_s_answers(yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    def work(place: int) -> bool:
        symbol = SYMBOLS[place % len(SYMBOLS)]
        instrument = by_symbol(symbol)
        assert instrument is not None
        bars = ask(yahoo, Request(Kind.BARS, instrument, Interval.MO1)).data
        quote = ask(yahoo, Request(Kind.QUOTE, instrument)).data
        return bool(bars.symbol == quote.symbol == symbol)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(24)))
    assert fake_yahoo.count("crumb") == 1
    assert fake_yahoo.count("chart") == fake_yahoo.count("quote") == 24


def test_a_deadline_of_one_thread_is_not_another_s(hasty_yahoo: Yahoo, fake_yahoo: FakeYahoo) -> None:
    apple, tcs = by_symbol("AAPL"), by_symbol("TCS.NS")
    assert apple is not None
    assert tcs is not None
    ask(hasty_yahoo, Request(Kind.QUOTE, apple))
    fake_yahoo.fail("summary", Fault.HANG)

    def hang() -> str:
        try:
            ask(hasty_yahoo, Request(Kind.PROFILE, tcs))
        except Unavailable as error:
            return str(error)
        return "answered"

    with ThreadPoolExecutor(3) as pool:
        hanging = [pool.submit(hang) for _ in range(2)]
        assert ask(hasty_yahoo, Request(Kind.QUOTE, apple)).data.symbol == "AAPL"
        assert all("within" in one.result() for one in hanging)
