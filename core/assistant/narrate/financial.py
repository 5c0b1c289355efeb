"""Words for prices, accounts, ratios, valuation and dividends."""

from __future__ import annotations

from core.assistant.narrate.note import Note, View, safe, tells


@tells("get_stock_info")
def price(note: Note, view: View) -> None:
    """Price, change of the day, place in the year, size."""
    change = view.number("change_percent")
    if change is None:
        note.say(view, "{name} trades at {price}.")
    else:
        way = "up" if change > 0 else "down" if change < 0 else "unchanged"
        rest = f", {way} {{change_percent:abs}} on the day" if change else ", unchanged on the day"
        note.say(view, f"{{name}} trades at {{price}}{rest}.")
    note.say(
        view, "The day's range is {low} to {high}, after an open of {open} and a previous close of {previous_close}."
    )
    place = view.number("place_52w")
    if place is not None:
        where = "near the top of" if place >= 85 else "near the bottom of" if place <= 15 else "within"
        note.say(
            view,
            f"It stands {where} its 52-week range of {{low_52w}} to {{high_52w}}, "
            f"{{from_high_52w:abs}} below the 52-week high.",
        )
    note.say(view, "Market value {market_cap:short}, P/E {pe_ratio}, dividend yield {dividend_yield}.") or note.say(
        view, "Market value {market_cap:short}."
    )
    note.say(view, "Volume so far is {volume} shares against an average volume of {average_volume}.")


@tells("get_company_profile")
def profile(note: Note, view: View) -> None:
    """What the company is."""
    full = view.word("name") or view.name
    industry, sector = view.word("industry"), view.word("sector")
    kind = f" ({safe(industry)})" if industry else ""
    if sector:
        note.plain(f"{safe(full)} ({view.symbol}) is a company of the {safe(sector)} sector{kind}.")
    else:
        note.plain(f"{safe(full)} ({view.symbol}) is listed on {safe(view.word('exchange')) or 'an exchange we know'}.")
    told = view.word("summary")
    if told:
        short = told if len(told) <= 420 else f"{told[:420].rsplit(' ', 1)[0]} …"
        note.say(_shown(view, short), "{summary}")
    note.say(view, "It employs {employees} people.")
    note.say(view, "Market value: {market_cap:short}; revenue of the last 12 months: {revenue:short}.") or note.say(
        view, "Market value: {market_cap:short}."
    )
    note.say(view, "Others in the industry: {peers}.")


def _shown(view: View, summary: str) -> View:
    from dataclasses import replace

    values = tuple(replace(one, value=summary) if one.field == "summary" else one for one in view.result.values)
    return View(replace(view.result, values=values), view.symbol, view.name)


@tells("get_fundamentals", "get_annual_reports", "get_quarterly_results")
def accounts(note: Note, view: View) -> None:
    """The latest period, its growth, margin, cash and debt."""
    latest = view.value("revenue") or view.value("net_income")
    if latest is None:
        return
    period = latest.period
    growth = view.number("revenue_growth")
    if growth is not None:
        way = "up" if growth >= 0 else "down"
        note.say(
            view,
            f"In {{revenue:period}} {{name}} had revenue of {{revenue:short}}, {way} "
            f"{{revenue_growth:abs}} on the year.",
        )
    else:
        note.say(view, "In {revenue:period} {name} had revenue of {revenue:short}.")
    profit = view.number("net_income_growth")
    if profit is not None:
        note.say(
            view,
            f"Net profit was {{net_income:short}}, {'up' if profit >= 0 else 'down'} "
            f"{{net_income_growth:abs}} on the year: a net margin of {{net_margin}}.",
        )
    else:
        note.say(view, "Net profit was {net_income:short}, a net margin of {net_margin}.")
    if growth is not None and profit is not None:
        note.plain(
            "Profit grew faster than sales, so margins widened."
            if profit > growth + 1
            else "Profit grew slower than sales, so margins narrowed."
            if profit < growth - 1
            else "Profit and sales moved in step."
        )
    note.say(view, "EPS was {eps}.")
    note.say(view, "Free cash flow: {free_cash_flow:short}; operating cash flow: {operating_cash_flow:short}.")
    debt = view.number("debt_to_equity")
    if debt is not None:
        weight = "light" if debt < 0.5 else "moderate" if debt < 1.5 else "heavy"
        note.say(view, f"Total debt is {{total_debt:short}}, debt to equity {{debt_to_equity:d2}}, which is {weight}.")
    before = [one for one in view.all("revenue") if one.period != period]
    if before:
        note.write("A period earlier ({v:period}) revenue was {v:short}.", {"v": before[0]})
    note.plain("Slower growth or a thinner margin in the next results would weaken this picture.")


_RATIOS = (
    ("roe", "Return on equity is {roe}", "sector_roe", 1),
    ("roce", "return on capital employed {roce}", "", 1),
    ("net_margin", "net margin {net_margin}", "sector_net_margin", 1),
    ("operating_margin", "operating margin {operating_margin}", "sector_operating_margin", 1),
)


@tells("get_financial_ratios")
def ratios(note: Note, view: View) -> None:
    """Profitability, leverage, liquidity, each against the sector."""
    mine, sector = view.number("roe"), view.number("sector_roe")
    if mine is not None and sector is not None:
        rank = "above" if mine > sector * 1.05 else "below" if mine < sector * 0.95 else "in line with"
        note.say(
            view,
            f"{{name}} earns a return on equity (ROE) of {{roe}}, {rank} the sector's median return "
            f"on equity of {{sector_roe}}.",
        )
    else:
        note.say(view, "{name} earns a return on equity (ROE) of {roe}.")
    note.say(view, "Return on capital employed (ROCE) is {roce}, return on assets {roa}.") or note.say(
        view, "Return on assets is {roa}."
    )
    margin = view.number("sector_net_margin")
    if margin is not None:
        note.say(
            view,
            "Net margin is {net_margin}, against a sector net margin of {sector_net_margin}; "
            "operating margin is {operating_margin}.",
        )
    else:
        note.say(view, "Net margin is {net_margin}, operating margin {operating_margin}.")
    debt = view.number("debt_to_equity")
    if debt is not None:
        weight = "hardly any leverage" if debt < 0.3 else "moderate leverage" if debt < 1 else "high leverage"
        note.say(view, f"Debt to equity is {{debt_to_equity:d2}}: {weight}.")
    note.say(view, "Operating profit covers interest {interest_cover} times (interest cover).")
    note.say(view, "The current ratio is {current_ratio:d2}, the quick ratio {quick_ratio:d2}.")


@tells("get_valuation_metrics")
def valuation(note: Note, view: View) -> None:
    """P/E against history and sector, other multiples, what would change the view."""
    pe, median, sector = view.number("pe_ratio"), view.number("pe_median_5y"), view.number("sector_pe_ratio")
    verdicts = [_dear(pe, other) for other in (median, sector)]
    if pe is None:
        note.plain(f"{view.name} has no P/E to judge by (no profit over the last 12 months, or none reported).")
    else:
        ending = f": {_against(verdicts)}" if any(verdicts) else ""
        note.say(view, f"{{name}} trades at a P/E of {{pe_ratio}}{ending}.")
    note.say(
        view,
        "Its own median P/E of five years is {pe_median_5y}, with a range of {pe_low_5y} to "
        "{pe_high_5y}; {pe_percentile_5y:d0} of month ends had a P/E at or below today's.",
    )
    if sector is not None and pe is not None:
        way = "above" if pe > sector else "below"
        note.say(
            view, f"That is {{pe_ratio_vs_sector:abs}} {way} the sector's median P/E of {{sector_pe_ratio}}."
        ) or note.say(view, "The sector's median P/E is {sector_pe_ratio}.")
    note.say(view, "P/B is {pb_ratio:d2}, EV/EBITDA {ev_ebitda:d2}.") or note.say(view, "P/B is {pb_ratio:d2}.")
    note.say(view, "PEG is {peg_ratio:d2}, the earnings yield {earnings_yield}.")
    note.say(view, "At a price of {price} and EPS of {eps}, a fall in earnings would make the same price dearer.")


def _against(verdicts: list[str]) -> str:
    """What a P/E is against the stock's own history and against its sector ("" where unknown)."""
    own, sector = verdicts
    words = {"dear": "dear", "cheap": "cheap", "fair": "in line"}
    joins = {"dear": "against", "cheap": "against", "fair": "with"}
    if own and own == sector:
        return f"{words[own]} {joins[own]} both its own history and its sector"
    told = [
        f"{words[one]} {joins[one]} {what}" for one, what in ((own, "its own history"), (sector, "its sector")) if one
    ]
    return " and ".join(told)


def _dear(pe: float | None, other: float | None) -> str:
    if pe is None or not other:
        return ""
    return "dear" if pe > 1.1 * other else "cheap" if pe < 0.9 * other else "fair"


@tells("get_dividend_info")
def dividends(note: Note, view: View) -> None:
    """Yield, last payment, growth, cover."""
    told = note.say(
        view,
        "{name} yields {dividend_yield}: dividends of {dividend_12m} a share over 12 months at a price of {price}.",
    )
    if not told and (view.number("dividends_paid_count") == 0 or view.value("last_dividend") is None):
        note.plain(f"{view.name} has paid no dividend on record here.")
    note.say(view, "The last dividend was {last_dividend} a share (ex-date {last_ex_date}).")
    note.say(view, "The next ex-date is {next_ex_date}.")
    growth = view.value("dividend_cagr")
    if growth is not None and growth.period:
        note.write("Dividends grew {v} a year ({v:period}).", {"v": growth})
    payout = view.number("payout_ratio")
    if payout is not None:
        room = (
            "well covered by earnings"
            if payout < 60
            else "covered, with little room"
            if payout < 100
            else "more than is earned"
        )
        note.say(view, f"The payout ratio is {{payout_ratio}}: {room}.")


@tells("search_stocks")
def search(note: Note, view: View) -> None:
    """The matches, best first."""
    result = view.result
    names = [one for one in result.values if one.field == "name"]
    if not names:
        note.plain("No stock fits these conditions; loosen one of them.")
        return
    note.say(view, "{matches} of {screened} stocks fit; the first of them:") or note.plain("The first that fit:")
    sort = str(result.args.get("sort") or "market_cap")
    field = {"pe": "pe_ratio", "pb": "pb_ratio", "profit_margin": "net_margin"}.get(sort, sort)
    for one in names[:5]:
        parts = [f"{safe(str(one.value))} ({one.symbol})"]
        wanted = {}
        for place, other in enumerate(dict.fromkeys((field, "pe_ratio", "roe"))):
            value = next(
                (v for v in result.values if v.symbol == one.symbol and v.field == other and v.value is not None), None
            )
            if value is not None:
                wanted[f"v{place}"] = value
                parts.append(f"{value.label.split(':')[0]} {{v{place}}}")
        note.line()
        note.write("- " + ", ".join(parts), wanted)
