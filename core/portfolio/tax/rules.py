"""The rules, in one dated table: which rate applied to a sale on which day, and where that is written.

Everything here is public law. What the table does not hold is not covered, and the report says so instead of guessing.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

NOT_ADVICE = (
    "This is a computation from your own ledger by the rules listed with it. It is not tax advice; check it against "
    "your broker's statement and with an accountant before you file."
)


class Asset(StrEnum):
    """What was sold, as tax law sees it."""

    EQUITY = "listed equity"
    """Shares listed in India and units of equity-oriented funds, sold on the exchange with STT paid."""
    CRYPTO = "virtual digital asset"
    FOREIGN = "foreign shares"
    OTHER_LISTED = "listed, not equity"
    """Gold, debt and international funds listed in India."""
    OWN = "own asset"
    UNKNOWN = "unknown"


class Term(StrEnum):
    """How long it was held."""

    SHORT = "short"
    LONG = "long"


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a sale of `asset` from `since` to `until` (both included; None without end).

    Attributes:
        months: long-term is what was held for more than this many calendar months; None: the term does not matter.
        short_rate, long_rate: fractions; None: not covered. Without surcharge and cess.
        short_section, long_section: of the Income-tax Act, 1961.
        source: the law that made it so.
    """

    asset: Asset
    since: date
    until: date | None
    months: int | None
    short_rate: Decimal | None
    long_rate: Decimal | None
    short_section: str
    long_section: str
    source: str


RULES: tuple[Rule, ...] = (
    Rule(
        Asset.EQUITY, date(2008, 4, 1), date(2018, 3, 31), 12, Decimal("0.15"), Decimal(0), "111A", "10(38)",
        "Finance Act, 2008 (15 % short-term); Finance (No. 2) Act, 2004 (long-term exempt)",
    ),
    Rule(
        Asset.EQUITY, date(2018, 4, 1), date(2024, 7, 22), 12, Decimal("0.15"), Decimal("0.10"), "111A", "112A",
        "Finance Act, 2018 (long-term 10 % over the exemption)",
    ),
    Rule(
        Asset.EQUITY, date(2024, 7, 23), None, 12, Decimal("0.20"), Decimal("0.125"), "111A", "112A",
        "Finance (No. 2) Act, 2024 (20 % and 12.5 % from 23 July 2024)",
    ),
    Rule(
        Asset.CRYPTO, date(2022, 4, 1), None, None, Decimal("0.30"), Decimal("0.30"), "115BBH", "115BBH",
        "Finance Act, 2022 (30 %, no set-off, no deduction but the cost of acquisition)",
    ),
)  # fmt: skip
"""Oldest first. Rates of transfers after 31 March 2026 are those last enacted here; see `VERIFIED_UNTIL`."""

VERIFIED_UNTIL = date(2026, 3, 31)
"""Sales after this day use the last rates of the table, and the report says that they want checking. From 1 April 2026
the Income-tax Act, 2025 is in force; it numbers the sections anew."""

EXEMPTION: tuple[tuple[int, Decimal], ...] = ((2018, Decimal(100_000)), (2024, Decimal(125_000)))
"""(first financial year, sum): long-term gains on listed equity that are free, per person and year. Finance Act, 2018;
Finance (No. 2) Act, 2024 (for the whole of 2024-25)."""

GRANDFATHERED = date(2018, 1, 31)
"""Equity acquired up to this day may take its highest price of this day as cost (s. 55(2)(ac), Finance Act, 2018)."""

CESS = Decimal("0.04")
"""Health and education cess on the tax (Finance Act, 2018; 3 % education cess before that is not computed)."""

CARRY_FORWARD_YEARS = 8
"""Capital losses may be carried forward this long (s. 74)."""

OTHER_TERMS: dict[Asset, str] = {
    Asset.FOREIGN: (
        "Foreign shares are long-term after more than 24 months and need rule 115 (State Bank of India's telegraphic "
        "transfer buying rate of the month before), which no source here has."
    ),
    Asset.OTHER_LISTED: (
        "Gold, debt and international funds depend on when they were bought and what they hold (s. 50AA, 112)."
    ),
    Asset.OWN: "Assets of your own (deposits, gold, property, unlisted shares) each have rules of their own.",
    Asset.UNKNOWN: "What this is could not be told from its symbol.",
}
"""Why some assets are not covered."""

QUARTERS: tuple[tuple[str, tuple[int, int], tuple[int, int]], ...] = (
    ("1 Apr to 15 Jun", (4, 1), (6, 15)),
    ("16 Jun to 15 Sep", (6, 16), (9, 15)),
    ("16 Sep to 15 Dec", (9, 16), (12, 15)),
    ("16 Dec to 15 Mar", (12, 16), (3, 15)),
    ("16 Mar to 31 Mar", (3, 16), (3, 31)),
)
"""Spans of the return's quarterly split for interest on advance tax (s. 234C): words, first and last (month, day)."""


@dataclass(frozen=True, slots=True, order=True)
class FinancialYear:
    """April to March; `start` is the year it begins in."""

    start: int

    @classmethod
    def of(cls, day: date) -> FinancialYear:
        """The year a day is in."""
        return cls(day.year if day.month >= 4 else day.year - 1)

    @property
    def first(self) -> date:
        """1 April."""
        return date(self.start, 4, 1)

    @property
    def last(self) -> date:
        """31 March."""
        return date(self.start + 1, 3, 31)

    @property
    def words(self) -> str:
        """As written: 2024-25."""
        return f"{self.start}-{(self.start + 1) % 100:02d}"

    @property
    def exemption(self) -> Decimal:
        """Long-term gains on listed equity that are free in this year."""
        free = Decimal(0)
        for since, amount in EXEMPTION:
            if self.start >= since:
                free = amount
        return free

    def quarter(self, day: date) -> int:
        """Which of QUARTERS a day of this year is in, 0 to 4."""
        for at, (_, _, (month, last)) in enumerate(QUARTERS):
            end = date(self.start if month >= 4 else self.start + 1, month, last)
            if day <= end:
                return at
        raise ValueError(f"{day} is not in the financial year {self.words}")


def rule(asset: Asset, sold_on: date) -> Rule | None:
    """The rule for a sale on a day; None when the table has none."""
    for each in reversed(RULES):
        if each.asset is asset and each.since <= sold_on and (each.until is None or sold_on <= each.until):
            return each
    return None


def months_after(day: date, months: int) -> date:
    """The same day some calendar months later; the month's last day where it is shorter."""
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def term(held_since: date, sold_on: date, months: int) -> Term:
    """Long when held for more than `months` calendar months: sold later than the same day that many months on."""
    return Term.LONG if sold_on > months_after(held_since, months) else Term.SHORT
