"""Profile and ratios of a simulated company on a day, from its filed accounts and its price."""

from __future__ import annotations

from datetime import date, timedelta

from core.market.model import AssetClass, Instrument, Profile, Ratios
from core.market.sources.demo.company import Accounts, Quarter, summed
from core.market.sources.demo.paths import DailyPath

_COUNTRY = {"INR": "India", "USD": "United States"}


def profile(instrument: Instrument, path: DailyPath) -> Profile:
    """A bland description that says it is simulated; facts (name, sector, ISIN) are the catalogue's."""
    kind = {AssetClass.STOCK: "company", AssetClass.FX: "currency pair"}.get(
        instrument.asset_class, instrument.asset_class.value
    )
    sector = f" in {instrument.sector}" if instrument.sector else ""
    return Profile(
        symbol=instrument.symbol,
        name=instrument.name,
        summary=(
            f"Simulated {kind}{sector}. It borrows the name and sector of {instrument.name}; its prices, accounts, "
            "people and news are generated and say nothing about the real one."
        ),
        sector=instrument.sector,
        industry=instrument.industry,
        country=_COUNTRY.get(instrument.currency) if instrument.asset_class is AssetClass.STOCK else None,
        employees=max(100, round(path.shares / 40_000.0)) if instrument.asset_class is AssetClass.STOCK else None,
        isin=instrument.isin,
    )


def ratios(accounts: Accounts, path: DailyPath, price: float, on: date) -> Ratios | None:
    """Ratios from the last four quarters filed by ``on`` and ``price``; None before four were filed.

    Equity and assets are those of the last quarter. A ratio over something not positive is left out.
    """
    known = accounts.known(on)
    if len(known) < 4:
        return None
    income = summed([each.income for each in known[-4:]], accounts.shares)
    flows = summed([each.cash_flow for each in known[-4:]], accounts.shares)
    balance = known[-1].balance
    shares = accounts.shares
    value = price * shares
    enterprise = value + balance["total_debt"] - balance["cash"]
    year_ago = on - timedelta(days=365)
    paid = sum(each.amount for each in path.dividends if year_ago < each.ex_date <= on)
    found = {
        "market_cap": value,
        "enterprise_value": enterprise,
        "shares_outstanding": shares,
        "eps": income["net_income"] / shares,
        "book_value": balance["total_equity"] / shares,
        "revenue": income["total_revenue"],
        "revenue_per_share": income["total_revenue"] / shares,
        "ebitda": income["ebitda"],
        "total_debt": balance["total_debt"],
        "total_cash": balance["cash"],
        "operating_cash_flow": flows["operating_cash_flow"],
        "free_cash_flow": flows["free_cash_flow"],
        "dividend_rate": paid,
    }
    quotients = {
        "pe": (value, income["net_income"]),
        "pb": (value, balance["total_equity"]),
        "ps": (value, income["total_revenue"]),
        "ev_ebitda": (enterprise, income["ebitda"]),
        "ev_revenue": (enterprise, income["total_revenue"]),
        "dividend_yield": (paid, price),
        "payout_ratio": (paid * shares, income["net_income"]),
        "roe": (income["net_income"], balance["total_equity"]),
        "roa": (income["net_income"], balance["total_assets"]),
        "gross_margin": (income["gross_profit"], income["total_revenue"]),
        "ebitda_margin": (income["ebitda"], income["total_revenue"]),
        "operating_margin": (income["operating_income"], income["total_revenue"]),
        "profit_margin": (income["net_income"], income["total_revenue"]),
        "debt_to_equity": (balance["total_debt"], balance["total_equity"]),
    }
    if "current_assets" in balance:
        quotients["current_ratio"] = (balance["current_assets"], balance["current_liabilities"])
        quick = balance["current_assets"] - balance["inventory"]
        quotients["quick_ratio"] = (quick, balance["current_liabilities"])
    for name, (above, below) in quotients.items():
        if below > 0.0:
            found[name] = above / below
    found.update(_growth(known, accounts.shares))
    return Ratios(accounts.symbol, on, found)


def _growth(known: tuple[Quarter, ...], shares: float) -> dict[str, float]:
    """Growth of revenue and earnings over the year, last four quarters against the four before; absent without them."""
    if len(known) < 8:
        return {}
    now = summed([each.income for each in known[-4:]], shares)
    then = summed([each.income for each in known[-8:-4]], shares)
    pairs = (("revenue_growth", "total_revenue"), ("earnings_growth", "net_income"))
    return {name: now[line] / then[line] - 1.0 for name, line in pairs if then[line] > 0.0}
