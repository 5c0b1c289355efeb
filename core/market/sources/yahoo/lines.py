"""The statement lines we ask Yahoo for: its CamelCase names and our snake_case ones. Data only.

A line that is not listed in ``OURS`` keeps its own name in snake_case (``TotalAssets`` is ``total_assets``).
"""

import re

from core.market.model import Period, StatementKind

LINES: dict[StatementKind, tuple[str, ...]] = {
    StatementKind.INCOME: (
        "TotalRevenue",
        "OperatingRevenue",
        "CostOfRevenue",
        "GrossProfit",
        "OperatingExpense",
        "SellingGeneralAndAdministration",
        "ResearchAndDevelopment",
        "OperatingIncome",
        "EBITDA",
        "EBIT",
        "ReconciledDepreciation",
        "InterestExpense",
        "InterestIncome",
        "NetInterestIncome",
        "OtherIncomeExpense",
        "PretaxIncome",
        "TaxProvision",
        "MinorityInterests",
        "NetIncome",
        "NetIncomeCommonStockholders",
        "BasicEPS",
        "DilutedEPS",
        "BasicAverageShares",
        "DilutedAverageShares",
    ),
    StatementKind.BALANCE: (
        "TotalAssets",
        "CurrentAssets",
        "CashAndCashEquivalents",
        "CashCashEquivalentsAndShortTermInvestments",
        "Receivables",
        "Inventory",
        "TotalNonCurrentAssets",
        "NetPPE",
        "GoodwillAndOtherIntangibleAssets",
        "Goodwill",
        "TotalLiabilitiesNetMinorityInterest",
        "CurrentLiabilities",
        "AccountsPayable",
        "CurrentDebt",
        "TotalNonCurrentLiabilitiesNetMinorityInterest",
        "LongTermDebt",
        "TotalDebt",
        "NetDebt",
        "StockholdersEquity",
        "CommonStockEquity",
        "MinorityInterest",
        "TotalEquityGrossMinorityInterest",
        "RetainedEarnings",
        "WorkingCapital",
        "InvestedCapital",
        "TangibleBookValue",
        "OrdinarySharesNumber",
    ),
    StatementKind.CASH_FLOW: (
        "OperatingCashFlow",
        "InvestingCashFlow",
        "FinancingCashFlow",
        "CapitalExpenditure",
        "FreeCashFlow",
        "DepreciationAndAmortization",
        "ChangeInWorkingCapital",
        "StockBasedCompensation",
        "CashDividendsPaid",
        "RepurchaseOfCapitalStock",
        "IssuanceOfDebt",
        "RepaymentOfDebt",
        "EndCashPosition",
    ),
}
PREFIXES: dict[StatementKind, tuple[str, ...]] = {
    StatementKind.INCOME: ("annual", "quarterly", "trailing"),
    StatementKind.BALANCE: ("annual", "quarterly"),
    StatementKind.CASH_FLOW: ("annual", "quarterly", "trailing"),
}
PERIODS = {"annual": Period.ANNUAL, "quarterly": Period.QUARTERLY, "trailing": Period.TTM}

# Where the plain snake_case of Yahoo's name is not the name the rest of the house uses.
OURS = {
    "EBITDA": "ebitda",
    "EBIT": "ebit",
    "BasicEPS": "basic_eps",
    "DilutedEPS": "diluted_eps",
    "NetPPE": "net_ppe",
    "SellingGeneralAndAdministration": "selling_general_administrative",
    "ReconciledDepreciation": "depreciation",
    "CashAndCashEquivalents": "cash",
    "CashCashEquivalentsAndShortTermInvestments": "cash_and_short_term_investments",
    "TotalLiabilitiesNetMinorityInterest": "total_liabilities",
    "TotalNonCurrentLiabilitiesNetMinorityInterest": "non_current_liabilities",
    "TotalNonCurrentAssets": "non_current_assets",
    "StockholdersEquity": "total_equity",
    "TotalEquityGrossMinorityInterest": "total_equity_and_minorities",
    "OrdinarySharesNumber": "shares_outstanding",
    "NetIncomeCommonStockholders": "net_income_common",
    "CapitalExpenditure": "capital_expenditure",
    "CashDividendsPaid": "dividends_paid",
    "RepurchaseOfCapitalStock": "share_buybacks",
    "EndCashPosition": "cash_at_end",
    "PretaxIncome": "pretax_income",
}

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def our_name(line: str) -> str:
    """The snake_case name of a line of Yahoo's."""
    return OURS.get(line) or _WORD.sub("_", line).lower()
