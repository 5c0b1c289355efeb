"""Who was in an index on a day, as far as it is known, each spell saying how sure its dates are.

The NIFTY 50 is told as its changes since April 2012, from the index provider's announcements and the press of the day.
Spells that began earlier have no start. Symbols are today's canonical ones where the listing lives on under another
ticker (Zomato is ETERNAL.NS, Bharti Infratel INDUSTOWER.NS, Sesa Goa VEDL.NS); listings that are gone keep the ticker
they had (HDFC.NS, RANBAXY.NS). Temporary places of a few days after a demerger (Jio Financial, July to September 2023;
Tata Motors' commercial vehicles, October and November 2025) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from core.market.errors import BadRange, UnknownSymbol
from core.market.model import Membership


class Certainty(StrEnum):
    """How sure a change is, as a sentence."""

    CONFIRMED = "day confirmed by reports of the announcement"
    RECALLED = "change certain, its day not confirmed"


@dataclass(frozen=True, slots=True)
class _Change:
    """What entered and left with effect from the open of ``on``."""

    on: date
    certainty: Certainty
    entered: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Record:
    """What is known of an index: its members at ``start``, its changes since, and how far the record reaches."""

    index: str
    start: date
    checked: str
    members: tuple[str, ...]
    changes: tuple[_Change, ...] = ()


def _change(day: str, certainty: Certainty, entered: str, left: str) -> _Change:
    return _Change(date.fromisoformat(day), certainty, _symbols(entered), _symbols(left))


def _symbols(tickers: str) -> tuple[str, ...]:
    return tuple(f"{ticker}.NS" for ticker in tickers.split())


_SURE: Final = Certainty.CONFIRMED
_RECALLED: Final = Certainty.RECALLED

_NIFTY_50: Final = _Record(
    index="^NSEI",
    start=date(2012, 4, 27),
    checked="the review of March 2026",
    members=_symbols(
        """
        ACC AMBUJACEM ASIANPAINT AXISBANK BAJAJ-AUTO BANKBARODA BHARTIARTL BHEL BPCL CAIRN CIPLA COALINDIA
        DLF DRREDDY GAIL GRASIM HCLTECH HDFC HDFCBANK HEROMOTOCO HINDALCO HINDUNILVR ICICIBANK IDFC INFY ITC
        JINDALSTEL JPASSOCIAT KOTAKBANK LT M&M MARUTI NTPC ONGC PNB POWERGRID RANBAXY RELIANCE RELINFRA SAIL
        SBIN SIEMENS STER SUNPHARMA TATAPOWER TATASTEEL TCS TMPV VEDL WIPRO
        """
    ),
    changes=(
        _change("2012-09-28", _SURE, "LUPIN ULTRACEMCO", "SAIL STER"),
        _change("2013-04-01", _SURE, "INDUSINDBK NMDC", "SIEMENS WIPRO"),
        _change("2013-09-27", _RECALLED, "WIPRO", "RELINFRA"),
        _change("2014-03-28", _RECALLED, "TECHM UNITDSPR", "JPASSOCIAT RANBAXY"),
        _change("2014-09-19", _RECALLED, "ZEEL", "UNITDSPR"),
        _change("2015-03-27", _RECALLED, "IDEA YESBANK", "DLF JINDALSTEL"),
        _change("2015-05-29", _RECALLED, "BOSCHLTD", "IDFC"),
        _change("2015-09-28", _RECALLED, "ADANIPORTS", "NMDC"),
        # Tata Motors' two share classes made it 51 securities for eighteen months.
        _change("2016-04-01", _RECALLED, "AUROPHARMA EICHERMOT INDUSTOWER TATAMTRDVR", "CAIRN PNB VEDL"),
        _change("2017-03-31", _SURE, "IBULHSGFIN IOC", "BHEL IDEA"),
        _change("2017-05-26", _RECALLED, "VEDL", "GRASIM"),
        _change("2017-09-29", _SURE, "BAJFINANCE HINDPETRO UPL", "ACC BANKBARODA TATAMTRDVR TATAPOWER"),
        _change("2018-04-02", _SURE, "BAJAJFINSV GRASIM TITAN", "AMBUJACEM AUROPHARMA BOSCHLTD"),
        _change("2018-09-28", _SURE, "JSWSTEEL", "LUPIN"),
        _change("2019-03-29", _RECALLED, "BRITANNIA", "HINDPETRO"),
        _change("2019-09-27", _RECALLED, "NESTLEIND", "IBULHSGFIN"),
        _change("2020-03-19", _SURE, "SHREECEM", "YESBANK"),
        _change("2020-07-31", _SURE, "HDFCLIFE", "VEDL"),
        _change("2020-09-25", _RECALLED, "DIVISLAB SBILIFE", "INDUSTOWER ZEEL"),
        _change("2021-03-31", _SURE, "TATACONSUM", "GAIL"),
        _change("2022-03-31", _RECALLED, "APOLLOHOSP", "IOC"),
        _change("2022-09-30", _SURE, "ADANIENT", "SHREECEM"),
        _change("2023-07-13", _RECALLED, "LTIM", "HDFC"),
        _change("2024-03-28", _SURE, "SHRIRAMFIN", "UPL"),
        _change("2024-09-30", _SURE, "BEL TRENT", "DIVISLAB LTIM"),
        _change("2025-03-28", _RECALLED, "ETERNAL JIOFIN", "BPCL BRITANNIA"),
        _change("2025-09-30", _SURE, "INDIGO MAXHEALTH", "HEROMOTOCO INDUSINDBK"),
    ),
)

# Of these only a composition is known, without a history.
_NIFTY_BANK: Final = _Record(
    index="^NSEBANK",
    start=date(2025, 12, 31),
    checked="the end of 2025, not confirmed",
    members=_symbols(
        """
        AUBANK AXISBANK BANKBARODA CANBK FEDERALBNK HDFCBANK ICICIBANK IDFCFIRSTB INDUSINDBK KOTAKBANK PNB
        SBIN UNIONBANK YESBANK
        """
    ),
)
_NIFTY_IT: Final = _Record(
    index="^CNXIT",
    start=date(2025, 12, 31),
    checked="the end of 2025, not confirmed",
    members=_symbols("COFORGE HCLTECH INFY LTIM MPHASIS OFSS PERSISTENT TCS TECHM WIPRO"),
)

_RECORDS: Final = {record.index: record for record in (_NIFTY_50, _NIFTY_BANK, _NIFTY_IT)}


def indices() -> tuple[str, ...]:
    """Symbols of the indices whose members are known."""
    return tuple(_RECORDS)


def known_from(index: str) -> date:
    """The first day whose members are known. Raises UnknownSymbol for an index without a record."""
    return _record(index).start


def spells(index: str) -> tuple[Membership, ...]:
    """Every known spell in an index (canonical symbol), by symbol and start; ``until`` is the first day outside.

    ``since`` None means before the record begins. Raises UnknownSymbol for an index without a record.
    """
    return _spells(_record(index).index)


def members(index: str, on: date | None = None) -> tuple[Membership, ...]:
    """The spells that cover a day, by symbol.

    Args:
        index: canonical symbol ("^NSEI").
        on: the day, counted from its open; None for the latest known composition.

    Raises:
        UnknownSymbol: no record of this index.
        BadRange: the day lies before the record begins; an empty answer would say that nobody was a member.
    """
    record = _record(index)
    if on is None:
        return tuple(spell for spell in _spells(record.index) if spell.until is None)
    if on < record.start:
        raise BadRange(
            f"Members of {record.index} are known from {record.start} on, not for {on}. Ask for a later day."
        )
    return tuple(
        spell
        for spell in _spells(record.index)
        if (spell.since is None or spell.since <= on) and (spell.until is None or on < spell.until)
    )


def _record(index: str) -> _Record:
    record = _RECORDS.get(index.strip().upper())
    if record is None:
        raise UnknownSymbol(index, indices())
    return record


@cache
def _spells(index: str) -> tuple[Membership, ...]:
    record = _RECORDS[index]
    running: dict[str, _Change | None] = dict.fromkeys(record.members)
    ended: list[Membership] = []
    for change in record.changes:
        ended += [_spell(record, symbol, running.pop(symbol), change) for symbol in change.left]
        for symbol in change.entered:
            if symbol in running:
                raise ValueError(f"{symbol} enters {index} on {change.on} although it is a member.")
            running[symbol] = change
    ended += [_spell(record, symbol, entry, None) for symbol, entry in running.items()]
    return tuple(sorted(ended, key=lambda spell: (spell.symbol, spell.since or date.min)))


def _spell(record: _Record, symbol: str, entry: _Change | None, exit_: _Change | None) -> Membership:
    began = (
        f"entry: {entry.certainty}" if entry else f"member when the record begins ({record.start}), entry not recorded"
    )
    ended = f"exit: {exit_.certainty}" if exit_ else f"member as of {record.checked}; later changes are not known"
    return Membership(
        index=record.index,
        symbol=symbol,
        since=entry.on if entry else None,
        until=exit_.on if exit_ else None,
        source_note=f"{began[0].upper()}{began[1:]}; {ended}.",
    )
