"""Who holds a company and what its insiders trade, out of Yahoo's company summary. Pure."""

from datetime import UTC, datetime, time
from typing import Any

from core.market.errors import EmptyAnswer
from core.market.model import Holder, InsiderTrade, Instrument
from core.market.sources.untrusted import mapping, moment, number, sequence, text
from core.market.sources.yahoo.calls import NAME
from core.market.sources.yahoo.company import modules

_GROUPS = (("institutionOwnership", "institution"), ("fundOwnership", "fund"))
_TOTALS = (
    ("insidersPercentHeld", "insider", "All insiders and promoters"),
    ("institutionsPercentHeld", "institution", "All institutions"),
)
# Yahoo describes a trade in a sentence; the first word found decides, so gifts and grants stand before sales.
_SIDES = (
    ("gift", "other"),
    ("award", "grant"),
    ("grant", "grant"),
    ("exercise", "other"),
    ("conversion", "other"),
    ("sale", "sell"),
    ("sold", "sell"),
    ("purchase", "buy"),
    ("bought", "buy"),
)


def parse_holders(payload: Any, instrument: Instrument, received_at: datetime) -> tuple[tuple[Holder, ...], datetime]:
    """Totals by group, then single holders, largest first within a group; the date of the latest report."""
    found = modules(payload, instrument)
    holders = []
    totals = mapping(found.get("majorHoldersBreakdown"))
    for field, group, name in _TOTALS:
        share = number(totals.get(field))
        if share is not None:
            holders.append(Holder(group, name, share=share))
    for module, group in _GROUPS:
        rows = []
        for row in sequence(mapping(found.get(module)).get("ownershipList")):
            entry = mapping(row)
            holder = text(entry.get("organization"))
            if holder:
                when = moment(entry.get("reportDate"))
                rows.append(
                    Holder(
                        group,
                        holder,
                        share=number(entry.get("pctHeld")),
                        shares=number(entry.get("position")),
                        value=number(entry.get("value")),
                        reported_on=when.date() if when else None,
                    )
                )
        holders.extend(sorted(rows, key=lambda holder: -(holder.share or 0.0)))
    for row in sequence(mapping(found.get("insiderHolders")).get("holders")):
        entry = mapping(row)
        insider = text(entry.get("name"))
        if insider:
            when = moment(entry.get("positionDirectDate")) or moment(entry.get("latestTransDate"))
            reported = when.date() if when else None
            holders.append(Holder("insider", insider, shares=number(entry.get("positionDirect")), reported_on=reported))
    if not holders:
        raise EmptyAnswer(NAME, f"it knows no holders of {instrument.symbol}.")
    dates = [one.reported_on for one in holders if one.reported_on and one.reported_on <= received_at.date()]
    as_of = datetime.combine(max(dates), time(), tzinfo=UTC) if dates else received_at
    return tuple(holders), as_of


def parse_insiders(
    payload: Any, instrument: Instrument, received_at: datetime
) -> tuple[tuple[InsiderTrade, ...], datetime]:
    """Insiders' trades, latest first, and the day of the latest. Raises EmptyAnswer when there are none."""
    trades = []
    for row in sequence(mapping(modules(payload, instrument).get("insiderTransactions")).get("transactions")):
        entry = mapping(row)
        name, when = text(entry.get("filerName")), moment(entry.get("startDate"))
        if name is None or when is None or when > received_at:
            continue
        words = (text(entry.get("transactionText"), 300) or "").lower()
        side = next((side for word, side in _SIDES if word in words), "other")
        shares, value = number(entry.get("shares")), number(entry.get("value"))
        # Yahoo writes 0 where a grant has no price.
        trades.append(InsiderTrade(name, text(entry.get("filerRelation")), side, shares, value or None, when.date()))
    if not trades:
        raise EmptyAnswer(NAME, f"it knows no insider trades of {instrument.symbol}.")
    trades.sort(key=lambda trade: trade.traded_on, reverse=True)
    return tuple(trades), datetime.combine(trades[0].traded_on, time(), tzinfo=UTC)
