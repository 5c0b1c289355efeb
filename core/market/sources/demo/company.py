"""Accounts of a simulated company: one quarter rolls into the next, and every identity of the statements holds exactly.

Amounts are whole currency units, so sums are exact. Shares are constant in split-adjusted terms (what is bought back
is taken to be handed out again in share plans), and earnings per share are net income over them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

import numpy as np

from core.market.model import Instrument, Period, Statement, StatementKind
from core.market.sources.demo.character import ANCHOR_YEAR, Character, character, level
from core.market.sources.demo.corporate import ResultsDay, dividend_plans, results_days
from core.market.sources.demo.draws import day_number, stream
from core.market.sources.demo.paths import DailyPath
from core.market.sources.demo.sessions import number

TAX_RATE = 0.25
INTEREST_RATE = 0.08
_FLOWS_PER_SHARE = ("basic_eps", "diluted_eps")


@dataclass(frozen=True)
class Quarter:
    """One quarter's three statements as line items, with the day they were filed."""

    results: ResultsDay
    income: dict[str, float]
    balance: dict[str, float]
    cash_flow: dict[str, float]


@dataclass(frozen=True)
class Accounts:
    """All simulated quarters of a company, oldest first."""

    symbol: str
    currency: str
    shares: float
    quarters: tuple[Quarter, ...]

    def known(self, on: date) -> tuple[Quarter, ...]:
        """Quarters filed on or before ``on``."""
        filed = [each.results.filed_on for each in self.quarters]
        return self.quarters[: bisect_right(filed, on)]

    def statements(self, on: date) -> tuple[Statement, ...]:
        """Annual and quarterly statements filed by ``on``, oldest first; a year has the sums of its four quarters."""
        quarters = self.known(on)
        found = []
        for at, quarter in enumerate(quarters):
            lines = (quarter.income, quarter.balance, quarter.cash_flow)
            found += [self._statement(Period.QUARTERLY, quarter, kind, items) for kind, items in _kinds(lines)]
            if quarter.results.annual and at >= 3:
                four = quarters[at - 3 : at + 1]
                income = summed([each.income for each in four], self.shares)
                flows = summed([each.cash_flow for each in four], self.shares)
                found += [
                    self._statement(Period.ANNUAL, quarter, kind, items)
                    for kind, items in _kinds((income, quarter.balance, flows))
                ]
        return tuple(found)

    def _statement(self, period: Period, quarter: Quarter, kind: StatementKind, items: dict[str, float]) -> Statement:
        filed = quarter.results.filed_on
        return Statement(kind, period, quarter.results.period_end, self.currency, _floats(items), filed, filed, False)


def _floats(items: dict[str, float]) -> dict[str, float]:
    return {line: float(value) for line, value in items.items()}


def summed(parts: list[dict[str, float]], shares: float) -> dict[str, float]:
    """Adds flows line by line; per-share lines follow from the sum, share counts stay what they are."""
    total = {line: sum(part[line] for part in parts) for line in parts[0]}
    if "cash_at_end" in total:
        total["cash_at_start"], total["cash_at_end"] = parts[0]["cash_at_start"], parts[-1]["cash_at_end"]
    if "net_income" in total and "basic_eps" in total:
        for line in _FLOWS_PER_SHARE:
            total[line] = total["net_income"] / shares
        total["basic_average_shares"] = total["diluted_average_shares"] = shares
    return total


def _kinds(
    lines: tuple[dict[str, float], dict[str, float], dict[str, float]],
) -> tuple[tuple[StatementKind, dict[str, float]], ...]:
    return tuple(zip((StatementKind.INCOME, StatementKind.BALANCE, StatementKind.CASH_FLOW), lines, strict=True))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A balance sheet in whole units; ``loans`` and ``deposits`` only for financial companies."""

    cash: int
    receivables: int
    inventory: int
    plant: int
    investments: int
    loans: int
    payables: int
    other_liabilities: int
    deposits: int
    debt: int
    equity: int


def accounts(seed: int, instrument: Instrument, path: DailyPath, through: int) -> Accounts:
    """Every quarter filed up to the end of ``through``."""
    nature = character(instrument)
    results = results_days(seed, instrument, through)
    price, shares = level(seed, instrument)
    rng = stream(seed, instrument.symbol, "accounts")
    season = rng.normal(0.0, 0.04, 4)
    season -= season.mean()
    margin = nature.net_margin * float(np.exp(np.clip(rng.normal(0.0, 0.2), -0.4, 0.4)))
    earnings = price * shares / (nature.pe * float(np.exp(np.clip(rng.normal(0.0, 0.2), -0.4, 0.4))))
    plans = [(each.ex_date, each.fraction) for each in dividend_plans(seed, instrument, through)]
    anchor = _growth(path, plans, date(ANCHOR_YEAR, 1, 1))
    sheet: _Sheet | None = None
    quarters = []
    before = date(2009, 3, 31)
    for result in results:
        end = result.period_end
        yearly = earnings / margin * float(np.exp(_growth(path, plans, end) - anchor))
        revenue = round(yearly / 4.0 * (1.0 + season[end.month // 3 - 1]) * float(np.exp(0.015 * result.noise)))
        net = round(revenue * margin * float(np.exp(0.07 * result.surprise)))
        cash_paid = sum(each.amount for each in path.dividends if before < each.ex_date <= end)
        before = end
        sheet_before = sheet or _opening(nature, yearly)
        income = _income(nature, revenue, net, sheet_before, shares)
        paid = round(cash_paid * shares)
        sheet, bought = _closing(nature, yearly, sheet_before, net, paid)
        flows = _flows(sheet_before, sheet, net, int(income["depreciation_and_amortization"]), paid, bought)
        quarters.append(Quarter(result, income, _balance(sheet, shares), flows))
    return Accounts(instrument.symbol, instrument.currency, shares, tuple(quarters))


def _growth(path: DailyPath, plans: list[tuple[date, float]], on: date) -> float:
    """The log growth that price and earnings share, less what dividends took out of the price."""
    at = int(np.searchsorted(path.days, max(number(on), day_number(2010)), side="right")) - 1
    return float(path.trend[max(0, at)]) - sum(fraction for ex, fraction in plans if ex <= on)


def _target_equity(nature: Character, yearly: float) -> float:
    assets = yearly / nature.asset_turnover
    if nature.financial:
        return 0.12 * assets
    return max(0.2 * assets, (assets - 0.2 * yearly) / (1.0 + nature.debt_to_equity))


def _opening(nature: Character, yearly: float) -> _Sheet:
    return _sheet(nature, yearly, round(_target_equity(nature, yearly)))


def _sheet(nature: Character, yearly: float, equity: int) -> _Sheet:
    """A balance sheet that fits a year's revenue and the equity there is; cash is what remains."""
    if nature.financial:
        assets = max(round(yearly / nature.asset_turnover), 2 * equity)
        debt = round(0.12 * (assets - equity))
        plant, investments, loans = round(0.01 * assets), round(0.24 * assets), round(0.66 * assets)
        cash = assets - plant - investments - loans
        return _Sheet(cash, 0, 0, plant, investments, loans, 0, 0, assets - equity - debt, debt, equity)
    debt = round(nature.debt_to_equity * equity)
    payables, other = round(0.12 * yearly), round(0.08 * yearly)
    assets = equity + debt + payables + other
    receivables = round(min(0.13 * yearly, 0.25 * assets))
    inventory = round(min(0.16 * yearly * (1.0 - nature.gross_margin), 0.2 * assets))
    rest = assets - receivables - inventory
    plant, investments = round(0.55 * rest), round(0.25 * rest)
    cash = rest - plant - investments
    return _Sheet(cash, receivables, inventory, plant, investments, 0, payables, other, 0, debt, equity)


def _closing(nature: Character, yearly: float, before: _Sheet, net: int, paid: int) -> tuple[_Sheet, int]:
    """The sheet after a quarter and what was spent on own shares, net of what share plans brought in.

    Half of what equity has too much (or too little) for the business's size goes (or comes) that way.
    """
    equity = before.equity + net - paid
    bought = round(0.5 * (equity - _target_equity(nature, yearly)))
    return _sheet(nature, yearly, equity - bought), bought


def _income(nature: Character, revenue: int, net: int, before: _Sheet, shares: float) -> dict[str, float]:
    tax = round(net * TAX_RATE / (1.0 - TAX_RATE))
    pretax = net + tax
    depreciation = round(before.plant * 0.09 / 4.0)
    if nature.financial:
        interest = round(0.42 * revenue)
        operating = pretax
        gross = revenue - interest
        lines: dict[str, float] = {"interest_expense": interest, "net_interest_income": gross}
    else:
        interest = round(before.debt * INTEREST_RATE / 4.0)
        operating = pretax + interest
        gross = max(round(nature.gross_margin * revenue), round(1.12 * operating))
        lines = {"interest_expense": interest}
    return {
        "total_revenue": revenue,
        "cost_of_revenue": revenue - gross,
        "gross_profit": gross,
        "operating_expense": gross - operating,
        "operating_income": operating,
        "ebitda": operating + depreciation,
        "depreciation_and_amortization": depreciation,
        **lines,
        "pretax_income": pretax,
        "tax_provision": tax,
        "net_income": net,
        "basic_eps": net / shares,
        "diluted_eps": net / shares,
        "basic_average_shares": shares,
        "diluted_average_shares": shares,
    }


def _balance(sheet: _Sheet, shares: float) -> dict[str, float]:
    current = sheet.cash + sheet.receivables + sheet.inventory
    assets = current + sheet.plant + sheet.investments + sheet.loans
    short = sheet.debt // 3
    due = sheet.payables + short
    lines: dict[str, float] = {
        "cash": sheet.cash,
        "receivables": sheet.receivables,
        "inventory": sheet.inventory,
        "current_assets": current,
        "net_ppe": sheet.plant,
        "long_term_investments": sheet.investments,
        "total_assets": assets,
        "accounts_payable": sheet.payables,
        "current_debt": short,
        "current_liabilities": due,
        "long_term_debt": sheet.debt - short,
        "total_debt": sheet.debt,
        "other_liabilities": sheet.other_liabilities,
        "total_liabilities": sheet.payables + sheet.debt + sheet.other_liabilities + sheet.deposits,
        "total_equity": sheet.equity,
        "shares_outstanding": shares,
    }
    if sheet.deposits:
        # A bank's cash, loans and deposits are not sorted into current and other.
        for line in ("receivables", "inventory", "current_assets", "accounts_payable", "current_liabilities"):
            del lines[line]
        lines["net_loans"] = sheet.loans
        lines["total_deposits"] = sheet.deposits
    return lines


def _flows(before: _Sheet, after: _Sheet, net: int, depreciation: int, paid: int, bought: int) -> dict[str, float]:
    working = (
        (before.receivables - after.receivables)
        + (before.inventory - after.inventory)
        + (before.loans - after.loans)
        + (after.payables - before.payables)
        + (after.other_liabilities - before.other_liabilities)
        + (after.deposits - before.deposits)
    )
    operating = net + depreciation + working
    spending = after.plant - before.plant + depreciation
    invested = after.investments - before.investments
    borrowed = after.debt - before.debt
    return {
        "net_income": net,
        "depreciation_and_amortization": depreciation,
        "change_in_working_capital": working,
        "operating_cash_flow": operating,
        "capital_expenditure": -spending,
        "net_investment_purchase": -invested,
        "investing_cash_flow": -spending - invested,
        "net_issuance_of_debt": borrowed,
        "dividends_paid": -paid,
        "share_buybacks": min(0, -bought),
        "issuance_of_capital_stock": max(0, -bought),
        "financing_cash_flow": borrowed - paid - bought,
        "changes_in_cash": after.cash - before.cash,
        "cash_at_start": before.cash,
        "cash_at_end": after.cash,
        "free_cash_flow": operating - spending,
    }
