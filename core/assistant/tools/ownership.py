"""Who owns a company, who runs it, who of them trades."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from core.assistant.model import Column, Figure, Series, Table, ToolResult
from core.assistant.tools.evidence import Evidence, name_of
from core.assistant.tools.tool import body
from core.market.model import Holder, InsiderTrade, Officer, Sourced

GROUPS = {
    "promoter": "Promoters",
    "insider": "Insiders",
    "institution": "Institutions",
    "fund": "Mutual funds",
    "public": "Public",
}
MAJORITY = 50.0


@body("get_shareholding_pattern")
def get_shareholding_pattern(evidence: Evidence) -> ToolResult:
    """Each group's share."""
    rows, source, on = _holders(evidence)
    instrument = evidence.instrument()
    totals = group_totals(rows)
    if not totals:
        return evidence.missing(f"{source} tells holders of {instrument.symbol}, but no shares of them.")
    for group, share in totals.items():
        evidence.value(f"{group}_holding", share, "%", GROUPS.get(group, group.capitalize()), as_of=on, source=source)
    known = sum(totals.values())
    if known < 99.0:
        evidence.value("unreported_holding", 100.0 - known, "%", "Not broken down", as_of=on, source=source)
    lead = totals.get("promoter", totals.get("insider"))
    if lead is not None:
        evidence.value("free_float", 100.0 - lead, "%", "Free float (all but promoters and insiders)", as_of=on,
                       source=source)  # fmt: skip
    _reported(evidence, rows, source)
    names = tuple(GROUPS.get(group, group.capitalize()) for group in totals)
    name = name_of(instrument)
    evidence.show(
        Figure(
            "pie",
            f"{name}: who owns it",
            f"Pie of the owners of {name}: " + ", ".join(
                f"{one} {share:.1f} percent" for one, share in zip(names, totals.values(), strict=True)
            ) + ".",
            (Series("Share", names, np.array(list(totals.values())), "bar", unit="%"),),
            unit="%",
            symbols=(instrument.symbol,),
        )
    )  # fmt: skip
    evidence.show(_table(f"{name}: holders", rows))
    return evidence.result()


@body("get_promoter_holdings")
def get_promoter_holdings(evidence: Evidence) -> ToolResult:
    """The promoters' (where there are none, the insiders') share."""
    rows, source, on = _holders(evidence)
    instrument = evidence.instrument()
    group = "promoter" if any(one.group == "promoter" for one in rows) else "insider"
    own = [one for one in rows if one.group == group]
    if not own:
        return evidence.missing(
            f"{source} names no promoters or insiders among the holders of {instrument.symbol}. "
            "Companies outside India report none."
        )
    total = group_totals(rows).get(group)
    if total is None:
        return evidence.missing(f"{source} tells no share of the promoters of {instrument.symbol}.")
    evidence.value(f"{group}_holding", total, "%", GROUPS[group], as_of=on, source=source)
    words = "majority" if total > MAJORITY else "large minority" if total > 25.0 else "minority"
    evidence.value("control", words, "text", f"{GROUPS[group]} hold a", as_of=on, source=source)
    shares = sum(one.shares for one in own if one.shares is not None)
    if shares:
        evidence.value("shares_held", shares, "shares", "Shares they hold", as_of=on, source=source)
    worth = sum(one.value for one in own if one.value is not None)
    if worth:
        evidence.value("holding_value", worth, instrument.currency, "Worth of it", as_of=on, source=source)
    for place, one in enumerate(sorted(own, key=lambda row: -(row.share or 0.0))[:5], 1):
        evidence.value(f"holder_{place}", one.name, "text", f"{GROUPS[group]} {place}", as_of=on, source=source)
        if one.share is not None:
            evidence.value(f"holder_{place}_share", 100.0 * one.share, "%", one.name, as_of=on, source=source)
    _reported(evidence, own, source)
    evidence.warn("Shares pledged by promoters are not in this source.")
    evidence.show(_table(f"{name_of(instrument)}: {GROUPS[group].lower()}", own))
    return evidence.result()


@body("get_institutional_holdings")
def get_institutional_holdings(evidence: Evidence) -> ToolResult:
    """Institutions and funds, the largest first."""
    rows, source, on = _holders(evidence)
    instrument = evidence.instrument()
    chosen = [one for one in rows if one.group in {"institution", "fund"} and not _total_row(one)]
    totals = group_totals(rows)
    if not chosen and "institution" not in totals:
        return evidence.missing(f"{source} names no institutions among the holders of {instrument.symbol}.")
    whole = totals.get("institution", 0.0) + totals.get("fund", 0.0)
    if whole:
        evidence.value("institutional_holding", whole, "%", "Institutions and funds", as_of=on, source=source)
    for group in ("institution", "fund"):
        if group in totals:
            evidence.value(f"{group}_holding", totals[group], "%", GROUPS[group], as_of=on, source=source)
    evidence.value("holders_named", len(chosen), "count", "Institutions and funds named", as_of=on, source=source)
    ranked = sorted(chosen, key=lambda one: (-(one.share or 0.0), one.name))[: evidence.whole("limit")]
    for place, one in enumerate(ranked, 1):
        evidence.value(f"holder_{place}", one.name, "text", f"Holder {place}", as_of=on, source=source)
        if one.share is not None:
            evidence.value(f"holder_{place}_share", 100.0 * one.share, "%", one.name, as_of=on, source=source)
    _reported(evidence, chosen, source)
    evidence.warn("The source does not tell foreign from domestic institutions.")
    evidence.show(_table(f"{name_of(instrument)}: institutions", ranked))
    return evidence.result()


@body("get_board_of_directors")
def get_board_of_directors(evidence: Evidence) -> ToolResult:
    """Officers with title, age, time in office and pay."""
    instrument = evidence.instrument()
    answer: Sourced[tuple[Officer, ...]] = evidence.market.officers(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    rows = evidence.used(answer)
    source, at = answer.source, answer.as_of
    evidence.value("officers_count", len(rows), "count", "Directors and officers named", as_of=at, source=source)
    for place, one in enumerate(rows[:8], 1):
        evidence.value(f"officer_{place}", one.name, "text", one.title, as_of=at, source=source)
        evidence.value(f"officer_{place}_title", one.title, "text", f"{one.name}: title", as_of=at, source=source)
        if one.pay is not None:
            evidence.value(f"officer_{place}_pay", one.pay, instrument.currency, f"{one.name}: pay a year", as_of=at,
                           source=source)  # fmt: skip
        if one.age is not None:
            evidence.value(f"officer_{place}_age", one.age, "count", f"{one.name}: age", as_of=at, source=source)
        if one.since is not None:
            evidence.value(f"officer_{place}_since", one.since, "date", f"{one.name}: since", as_of=at, source=source)
    evidence.show(
        Table(
            f"{name_of(instrument)}: board and management",
            (Column("Name", "text"), Column("Title", "text"), Column("Age", "count"), Column("Since", "date"),
             Column("Pay a year", instrument.currency)),
            tuple((one.name, one.title, one.age, one.since, one.pay) for one in rows),
        )
    )  # fmt: skip
    return evidence.result()


@body("get_insider_trading")
def get_insider_trading(evidence: Evidence) -> ToolResult:
    """Trades of insiders, what they net to over half a year."""
    instrument = evidence.instrument()
    answer: Sourced[tuple[InsiderTrade, ...]] = evidence.market.insiders(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    trades: tuple[InsiderTrade, ...] = evidence.used(answer)
    rows = sorted(trades, key=lambda one: one.traded_on, reverse=True)
    source, at = answer.source, answer.as_of
    since = evidence.moment.date() - timedelta(days=182)
    recent = [one for one in rows if one.traded_on >= since]
    period = "6 months"
    evidence.value("insider_trades", len(recent), "count", "Insider trades of 6 months", as_of=at, source=source,
                   period=period)  # fmt: skip
    for side, label in (("buy", "bought"), ("sell", "sold")):
        of_side = [one for one in recent if one.side == side]
        evidence.value(f"insider_{side}s", len(of_side), "count", f"Of these, {label}", as_of=at, source=source,
                       period=period)  # fmt: skip
        shares = sum(one.shares for one in of_side if one.shares is not None)
        evidence.value(f"insider_{side}_shares", shares, "shares", f"Shares {label}", as_of=at, source=source,
                       period=period)  # fmt: skip
        worth = sum(one.value for one in of_side if one.value is not None)
        if worth:
            evidence.value(f"insider_{side}_value", worth, instrument.currency, f"Worth of shares {label}", as_of=at,
                           source=source, period=period)  # fmt: skip
    buys, sells = (sum(one.shares or 0.0 for one in recent if one.side == side) for side in ("buy", "sell"))
    net = "net buyers" if buys > sells else "net sellers" if sells > buys else "neither buying nor selling"
    evidence.value("insider_net", net, "text", "Insiders are", as_of=at, source=source, period=period)
    if rows:
        last = rows[0]
        evidence.value("last_insider_trade", last.traded_on, "date", "Last trade", as_of=last.traded_on, source=source)
        evidence.value("last_insider_name", last.name, "text", "By", as_of=last.traded_on, source=source)
        evidence.value("last_insider_side", last.side, "text", "Side", as_of=last.traded_on, source=source)
        evidence.value("last_insider_shares", last.shares, "shares", "Shares", as_of=last.traded_on, source=source)
    else:
        evidence.warn("No insider trade is on record.")
    evidence.show(
        Table(
            f"{name_of(instrument)}: insider trades",
            (Column("Date", "date"), Column("Name", "text"), Column("Role", "text"), Column("Side", "text"),
             Column("Shares", "shares"), Column("Value", instrument.currency)),
            tuple((one.traded_on, one.name, one.role, one.side, one.shares, one.value)
                  for one in rows[: evidence.whole("limit")]),
        )
    )  # fmt: skip
    return evidence.result()


def _holders(evidence: Evidence) -> tuple[tuple[Holder, ...], str, date]:
    instrument = evidence.instrument()
    answer: Sourced[tuple[Holder, ...]] = evidence.market.holders(
        instrument.symbol, as_of=evidence.as_of, owner=evidence.context.owner
    )
    rows = evidence.used(answer)
    reported = [one.reported_on for one in rows if one.reported_on is not None]
    return rows, answer.source, max(reported, default=answer.as_of.date())


def _total_row(one: Holder) -> bool:
    """Whether a row is a vendor's total of a group: a share without a count of shares or a day of its own."""
    return one.share is not None and one.shares is None and one.reported_on is None


def group_totals(rows: tuple[Holder, ...]) -> dict[str, float]:
    """Percent by group, in the order of `GROUPS`. A vendor's total of a group wins over the sum of single holders.

    Where institutions come as a total, it holds the funds too: they are then no group beside it.
    """
    told = {one.group: 100.0 * one.share for one in rows if one.share is not None and _total_row(one)}
    found = dict(told)
    for one in rows:
        if one.share is not None and one.group not in told:
            found[one.group] = found.get(one.group, 0.0) + 100.0 * one.share
    if "institution" in told:
        found.pop("fund", None)
    return {group: found[group] for group in (*GROUPS, *sorted(set(found) - set(GROUPS))) if group in found}


def _reported(evidence: Evidence, rows: tuple[Holder, ...] | list[Holder], source: str) -> None:
    days = [one.reported_on for one in rows if one.reported_on is not None]
    if days:
        evidence.value("reported_on", max(days), "date", "As reported on", as_of=max(days), source=source)


def _table(title: str, rows: tuple[Holder, ...] | list[Holder]) -> Table:
    return Table(
        title,
        (Column("Holder", "text"), Column("Group", "text"), Column("Share", "%"), Column("Shares", "shares"),
         Column("Reported", "date")),
        tuple(
            (one.name, GROUPS.get(one.group, one.group), None if one.share is None else 100.0 * one.share, one.shares,
             one.reported_on)
            for one in rows
        ),
    )  # fmt: skip
