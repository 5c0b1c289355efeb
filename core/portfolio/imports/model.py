"""What reading a file gives, before the ledger knows of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.portfolio.model import Transaction

State = Literal["ok", "attention", "rejected"]
Order = Literal["day first", "month first"]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as cells, or as a document, before anybody knows what it means.

    Attributes:
        name: of the file, for messages.
        form: "table", "json" or "xml".
        rows: text cells ("" where empty) in file order; lines without any cell are left out.
        lines: the 1-based line (sheet row, record) of each row.
        document: the parsed JSON or the XML's root element.
        separator: between the cells of a text.
        container: what the file is, for people.
        notes: what the reader of the file should know.
        formulas: lines whose cells are formulas without a stored value.
    """

    name: str
    form: Literal["table", "json", "xml"]
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[int, ...] = ()
    document: Any = None
    separator: str = ","
    container: str = ""
    notes: tuple[str, ...] = ()
    formulas: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Home:
    """How a broker writes where a file leaves it open.

    Attributes:
        order: of day and month in 01/02/2024; None where no home is known.
        timezone: IANA name of times without offset.
        currency: ISO 4217, where no column tells; "" where none is known.
        comma: whether 1,234 is one and a bit.
        market: where a bare symbol trades: "IN", "US" or "" for nowhere in particular.
    """

    order: Order | None = "day first"
    timezone: str = "Asia/Kolkata"
    currency: str = "INR"
    comma: bool = False
    market: str = "IN"


INDIA = Home()
UNITED_STATES = Home("month first", "America/New_York", "USD", market="US")
ANYWHERE = Home(None, "UTC", "", market="")


@dataclass(frozen=True, slots=True)
class Written:
    """An instrument as the broker wrote it; `exchange` in the broker's word, `kind` "crypto", "fund", "own" or ""."""

    symbol: str = ""
    isin: str = ""
    exchange: str = ""
    name: str = ""
    currency: str = ""
    market: str = ""
    kind: str = ""

    @property
    def text(self) -> str:
        """The words a person knows it by."""
        return self.symbol or self.name or self.isin


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction without account (number 0) and without canonical symbol.

    Attributes:
        instrument: what it is about; None for cash.
        other: what comes out of a spin-off, merger or symbol change.
        key: what the broker calls the row, unique among the account's rows of this format; "" where it has no name.
        order: the broker's order, which may have several fills: part of the identity, not all of it.
        parts: the identity where it is not the row's content (a holding is the same on another day).
        account: the name of the account where the file tells several ("" otherwise); `counter`: of a transfer's other.
        number: what the file itself calls the row, for references from other rows of it.
        doubt: why a person should look at it, although it is complete.
    """

    transaction: Transaction
    instrument: Written | None = None
    other: Written | None = None
    key: str = ""
    order: str = ""
    parts: tuple[str, ...] = ()
    account: str = ""
    counter: str = ""
    number: str = ""
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One transaction of a file, or the reason why a line gives none. A line can give two (a reinvested dividend)."""

    line: int
    state: State
    reason: str = ""
    draft: Draft | None = None


@dataclass(frozen=True, slots=True)
class Parsed:
    """All rows of a file.

    Attributes:
        skipped: how many totals, footers and repeated headers there are.
        notes: what concerns the whole file.
        currency: of the account, where the file tells; the rates of its rows are against it.
    """

    rows: tuple[Row, ...]
    skipped: int = 0
    notes: tuple[str, ...] = ()
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A format that can be read.

    Attributes:
        name: of the format; part of a row's identity, so it never changes.
        title: for people.
        broker: the institution.
        how: where the investor finds the file.
        detect: 0 to 1, how sure it is that a sheet is of this format.
        parse: its rows. Raises BadImport when it turns out not to be.
        currency: of the account, where the format has one.
    """

    name: str
    title: str
    broker: str
    how: str
    detect: Callable[[Sheet], float] = field(repr=False)
    parse: Callable[[Sheet], Parsed] = field(repr=False)
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file was taken for. `why` says by which columns; confidence is 0 to 1."""

    format: Format
    confidence: float
    why: str
    sheet: Sheet = field(repr=False)
