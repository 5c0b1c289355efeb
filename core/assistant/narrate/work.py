"""Words for charts, plans, backtests, alerts, sums and terms."""

from __future__ import annotations

from core.assistant.model import Text
from core.assistant.narrate.general import figures
from core.assistant.narrate.note import Note, View, safe, short_name, tells


@tells("create_comparison_chart")
def comparison(note: Note, view: View) -> None:
    """The best and the worst of each measure, by instrument."""
    result = view.result
    names = [short_name(one) for one in result.symbols]
    note.plain(f"{' against '.join(names) if len(names) == 2 else ', '.join(names)}:")
    for field, words, better in (
        ("period_return", "return over the span", "high"),
        ("volatility", "volatility a year", "low"),
        ("max_drawdown", "deepest drawdown", "high"),
        ("pe_ratio", "P/E", "low"),
        ("roe", "return on equity", "high"),
        ("dividend_yield", "dividend yield", "high"),
    ):
        found = {
            one.symbol: one
            for one in reversed(result.values)
            if one.field == field and isinstance(one.value, int | float)
        }
        if len(found) < 2:
            continue
        ordered = [found[symbol] for symbol in result.symbols if symbol in found]
        parts = [f"{safe(short_name(one.symbol))} {{v{place}}}" for place, one in enumerate(ordered)]
        pick = max if better == "high" else min
        best = pick(ordered, key=lambda one: float(one.value) if isinstance(one.value, int | float) else 0.0)
        note.line()
        note.write(
            f"- {words[0].upper()}{words[1:]}: {', '.join(parts)}; {_better(field)} {safe(short_name(best.symbol))}.",
            {f"v{place}": one for place, one in enumerate(ordered)},
        )
    note.paragraph()
    note.plain("Which is better depends on what you want of it: growth, safety or income.")


def _better(field: str) -> str:
    return {
        "period_return": "ahead:",
        "volatility": "calmer:",
        "max_drawdown": "shallower:",
        "pe_ratio": "cheaper:",
        "roe": "more profitable:",
        "dividend_yield": "pays more:",
    }[field]


@tells("generate_strategy")
def strategy(note: Note, view: View) -> None:
    """Direction, entry, stop, targets, size, what ends it."""
    direction = view.word("direction") or view.word("bias")
    if direction:
        note.plain(f"The plan for {view.name} is {safe(direction)}.")
    note.say(view, "Entry at {entry}, stop at {stop}.")
    note.say(view, "First target {target_1}, second target {target_2}.") or note.say(
        view, "Target {target_1}."
    ) or note.say(view, "Target {target}.")
    note.say(view, "Reward to risk is {reward_to_risk:d2}.") or note.say(view, "Reward to risk is {reward_risk:d2}.")
    note.say(view, "Position size: {position_size}.") or note.say(view, "Quantity: {quantity}.")
    note.say(view, "The plan is void beyond {invalidation}.")
    if not direction and view.value("entry") is None:
        figures(note, view)
    note.plain("These are levels by rule, not a forecast.")


@tells("run_backtest")
def backtest(note: Note, view: View) -> None:
    """Return, risk, trades, against holding."""
    name = view.word("strategy") or str(view.result.args.get("strategy") or "the strategy")
    note.say(view, f"The strategy {safe(name)} on {{name}} returned {{total_return:plus}}.") or note.say(
        view, f"The strategy {safe(name)} on {{name}} returned {{strategy_return:plus}}."
    )
    note.say(view, "Buying and holding returned {buy_hold_return:plus}.") or note.say(
        view, "Buying and holding returned {benchmark_return:plus}."
    )
    note.say(view, "That is {cagr:plus} a year.")
    note.say(view, "Sharpe ratio {sharpe:d2}, deepest drawdown {max_drawdown:abs}.")
    note.say(view, "{trades} trades, of which {win_rate} won.")
    if view.value("total_return") is None and view.value("strategy_return") is None:
        figures(note, view)
    note.plain("The past of a rule says little about its future; costs are included.")


@tells("calc")
def calc(note: Note, view: View) -> None:
    """The result, and how it was reckoned."""
    result = view.value("result")
    if result is None:
        figures(note, view)
        return
    number = view.number("result") or 0.0
    style = "d0" if number == round(number) and result.unit != "%" else "d2"
    note.write(f"{safe(result.label)}: {{v:{style}}}.", {"v": result})


@tells("explain")
def explain(note: Note, view: View) -> None:
    """The glossary's own words."""
    for display in view.result.displays:
        if isinstance(display, Text):
            note.paragraph()
            note.plain(f"**{display.title}.** {display.body}" if display.title else display.body)
