"""Words for an investor's own things: portfolio, risk, rebalancing, watchlist, alerts."""

from __future__ import annotations

from core.assistant.model import Value
from core.assistant.narrate.note import Note, View, safe, short_name, tells


@tells("get_portfolio")
def portfolio(note: Note, view: View) -> None:
    """What it is worth, what it gained, the largest and the best."""
    symbol = view.result.args.get("symbol")
    if symbol:
        _one(note, view)
        return
    gain = view.number("unrealised_gain")
    note.say(view, "Your portfolio is worth {portfolio_value:short}, {cash_value:short} of it in cash.") or note.say(
        view, "Your portfolio is worth {portfolio_value:short}."
    )
    if gain is not None:
        way = "above" if gain >= 0 else "below"
        note.say(
            view,
            f"That is {{unrealised_gain:short}} {way} its cost, {{unrealised_percent:plus}}.".replace(
                "{unrealised_gain:short}", "{unrealised_gain:abs}"
            ),
        )
    note.say(
        view, "Today it moved {return_today:plus}; the gain in all, with income and costs, is {total_gain:short}."
    ) or note.say(view, "The gain in all, with income and costs, is {total_gain:short}.")
    note.say(view, "Money put in has returned {xirr:plus} a year (XIRR).")
    weights = sorted(view.all("weight"), key=_size, reverse=True)
    if weights:
        told = ", ".join(f"{safe(short_name(one.symbol))} {{v{place}}}" for place, one in enumerate(weights[:3]))
        note.write(f"The largest holdings: {told}.", {f"v{place}": one for place, one in enumerate(weights[:3])})
    for field, words in (("best_holding", "Best by gain"), ("worst_holding", "Worst by gain")):
        named = next(iter(view.all(field)), None)
        rate = (
            None
            if named is None
            else next((one for one in view.all("holding_gain_percent") if one.symbol == named.symbol), None)
        )
        if named is not None and rate is not None:
            note.write(f"{words}: {safe(short_name(named.symbol))} {{v:plus}}.", {"v": rate})
    note.say(view, "{holdings_count} holdings are in the table.")


def _one(note: Note, view: View) -> None:
    if view.word("held") == "no":
        note.plain(f"You do not hold {view.name}.")
        return
    note.say(view, "You hold {quantity} shares of {name} worth {value:short}, {weight} of your holdings.") or note.say(
        view, "You hold {quantity} shares of {name}."
    )
    note.say(
        view,
        "Bought at {average_cost} on average, now at {price}: an unrealised gain of "
        "{holding_gain:short} ({holding_gain_percent:plus}).",
    )
    note.say(view, "Held since {held_since}.")


def _size(value: Value) -> float:
    return float(value.value) if isinstance(value.value, int | float) else 0.0


@tells("get_portfolio_risk")
def risk(note: Note, view: View) -> None:
    """How much it swings, how far it fell, what one bad day costs, how concentrated it is."""
    swings = view.number("volatility")
    if swings is not None:
        kind = "calm" if swings < 12 else "about as lively as the market" if swings < 20 else "lively"
        note.say(view, f"Your portfolio is {kind}: its volatility is {{volatility}} a year.")
    note.say(view, "Its beta against the market is {beta:d2}.")
    note.say(view, "What you hold today would have had a deepest drawdown of {max_drawdown:abs} in three years.")
    note.say(
        view, "On one day in twenty it would lose {var_95:abs} or more, that is {var_95_amount:short} (value at risk)."
    )
    largest = next(iter(view.all("largest_holding")), None)
    if largest is not None:
        note.say(
            view,
            f"The largest holding, {safe(short_name(str(largest.value)))}, is {{largest_share}} of "
            f"it; the five largest make {{top5_share}}.",
        )
    note.say(view, "It is spread like {effective_holdings:d1} equal holdings.")


@tells("suggest_rebalance")
def rebalance(note: Note, view: View) -> None:
    """The method, the largest drifts, the orders to consider and what they cost."""
    trades = "trade" if view.number("orders") == 1 else "trades"
    note.say(
        view,
        f"By {{method}}, {{orders}} {trades} would bring your portfolio of {{portfolio_value:short}} to its targets.",
    )
    drifts = sorted(view.all("drift"), key=lambda one: -abs(_size(one)))[:3]
    for one in drifts:
        way = "above" if _size(one) > 0 else "below"
        note.write(f"{safe(short_name(one.symbol))} stands {{v:abs}} {way} its target.", {"v": one})
    note.say(view, "Costs would be about {costs:short}, tax about {tax:short}.") or note.say(
        view, "Costs would be about {costs:short}."
    )


@tells("get_watchlist")
def watchlist(note: Note, view: View) -> None:
    """How many rise and fall, and the moves of the day."""
    note.say(view, "You watch {watched} instruments: {rising} rise today and {falling} fall.")
    moves = sorted(view.all("change_percent"), key=_size, reverse=True)
    if moves:
        told = ", ".join(f"{safe(short_name(one.symbol))} {{v{place}:plus}}" for place, one in enumerate(moves[:6]))
        note.write(f"{told}.", {f"v{place}": one for place, one in enumerate(moves[:6])})


@tells("create_portfolio_pie_chart")
def pie(note: Note, view: View) -> None:
    """The largest slices."""
    slices = [one for one in view.result.values if one.field.startswith("slice_") and one.field.endswith("_share")]
    if slices:
        told = ", ".join(f"{safe(one.label)} {{v{place}}}" for place, one in enumerate(slices[:5]))
        note.write(f"Your money is split into: {told}.", {f"v{place}": one for place, one in enumerate(slices[:5])})
    note.say(view, "Together {portfolio_value:short}.")


@tells("create_alert")
def alert(note: Note, view: View) -> None:
    """What was set, and how far away it is."""
    if view.word("alert_condition") == "change_pct":
        note.say(view, "The alert is set: it fires when {name} moves {alert_level:plus} in a day.")
    else:
        note.say(view, "The alert is set: it fires when {name} {alert_words} {alert_level}.")
    note.say(view, "The price is now {price}, so the level is {alert_distance:plus} away.") or note.say(
        view, "The price is now {price}."
    )
    note.plain("It stands on the Alerts page, where it can be changed or removed.")
