"""Words for drawings: what the picture shows, in figures."""

from __future__ import annotations

from core.assistant.model import Value
from core.assistant.narrate.note import Note, View, safe, tells


@tells("create_price_chart", "create_candlestick_chart", "create_technical_chart")
def chart(note: Note, view: View) -> None:
    """The last close, the return of the span, its range."""
    change = view.number("period_return")
    if change is None:
        note.say(view, "{name} last closed at {close}.")
    else:
        way = "a gain" if change >= 0 else "a loss"
        note.say(view, f"{{name}} last closed at {{close}}, {way} of {{period_return:abs}} over {_span(view)}.")
    note.say(
        view, "The highest price was {period_high} ({period_high_date}), the lowest {period_low} ({period_low_date})."
    )
    note.plain("The chart is below.")


@tells("export_chart")
def export(note: Note, view: View) -> None:
    """What the file holds."""
    note.plain(f"The file for {view.name} is ready to be saved.")
    note.say(view, "It covers {period}, with a last close of {close}.".replace("{period}", _span(view)))


def _span(view: View) -> str:
    value = view.value("period_return")
    label = value.label.removeprefix("Return over ") if value is not None else ""
    return label if value is not None and label != value.label else "the span"


@tells("get_ohlc_data")
def bars(note: Note, view: View) -> None:
    """The latest close, with its day, and the span's range."""
    close = view.value("close")
    if close is not None and close.as_of is not None:
        day = Value(
            "close_date",
            close.as_of,
            "date",
            "Day of the close",
            close.symbol,
            close.as_of,
            close.source,
            cite=close.cite,
        )
        note.write("{name} closed at {close} on {day}.", {"close": close, "day": day}, view.name)
    change = view.number("period_return")
    if change is not None and len(_span(view)) < 20:
        note.say(
            view,
            f"Over {_span(view)} that is a return of {{period_return:plus}}, between {{period_low}} "
            f"and {{period_high}}.",
        )
    note.plain("The bars are in the table.")


@tells("create_volume_chart")
def volume(note: Note, view: View) -> None:
    """The last volume against its average."""
    note.say(
        view,
        "{name} traded {volume} shares in the last bar, {relative_volume:d2} times the average "
        "volume of {average_volume}.",
    )
    note.plain("The chart is below.")


@tells("create_sector_performance_chart")
def sectors(note: Note, view: View) -> None:
    """Sectors, best first."""
    found = [
        one
        for one in view.result.values
        if one.field.startswith("sector_change_") and isinstance(one.value, int | float)
    ]
    ordered = sorted(found, key=lambda one: -float(one.value) if isinstance(one.value, int | float) else 0.0)
    if not ordered:
        return
    span = f" over the {ordered[0].period}" if ordered[0].period else ""
    best, worst = ordered[0], ordered[-1]
    note.write(
        f"{safe(best.label)} leads{span} with {{a:plus}}, {safe(worst.label)} is last with {{b:plus}}.",
        {"a": best, "b": worst},
    )
    if len(ordered) > 2:
        rest = ordered[1:-1]
        told = ", ".join(f"{safe(one.label)} {{v{place}:plus}}" for place, one in enumerate(rest))
        note.write(f"Between them: {told}.", {f"v{place}": one for place, one in enumerate(rest)})


@tells("create_correlation_heatmap")
def correlation(note: Note, view: View) -> None:
    """Each pair, then what it means for spreading risk."""
    result = view.result
    pairs = [
        one for one in result.values if one.field.startswith("correlation_") and isinstance(one.value, int | float)
    ]
    for one in pairs[:6]:
        strength = float(one.value) if isinstance(one.value, int | float) else 0.0
        how = (
            "closely together"
            if strength >= 0.7
            else "moderately together"
            if strength >= 0.4
            else "loosely"
            if strength >= 0.1
            else "independently"
            if strength > -0.1
            else "against each other"
        )
        note.write(f"{safe(one.label)} move {how}: their correlation is {{v:d2}}.", {"v": one})
    if len(pairs) > 1:
        note.say(view, "The mean correlation is {mean_correlation:d2}.")
    note.plain("The lower the correlation, the more holding both spreads the risk.")


@tells("create_returns_histogram")
def histogram(note: Note, view: View) -> None:
    """The middle, the width and the tails of the returns."""
    note.say(
        view, "A usual bar of {name} returns {mean_return:d2} on average, with a deviation of {return_deviation:d2}."
    )
    skew = view.number("skewness")
    if skew is not None:
        side = "gains" if skew > 0.1 else "losses" if skew < -0.1 else "neither side"
        note.say(
            view,
            f"Skewness is {{skewness:d2}}, so the longer tail is on the side of {side}."
            if side != "neither side"
            else "Skewness is {skewness:d2}: both tails are alike.",
        )
    for one in view.result.values:
        if one.field.startswith("value_at_risk") and isinstance(one.value, int | float):
            note.write("Value at risk: in nineteen of twenty bars the loss stayed under {v:abs}.", {"v": one})
            break
    note.plain("The histogram is below.")


@tells("create_drawdown_chart")
def drawdown(note: Note, view: View) -> None:
    """The deepest fall, and how far below the peak it is now."""
    note.say(
        view,
        "The deepest drawdown of {name} was {max_drawdown:abs}, from a peak on {drawdown_peak} "
        "to a low on {drawdown_trough}.",
    ) or note.say(
        view, "The deepest drawdown of {name} was {max_drawdown:abs}, from {drawdown_from} to {drawdown_to}."
    ) or note.say(view, "The deepest drawdown of {name} was {max_drawdown:abs}.")
    now = view.number("drawdown_now")
    if now is not None:
        note.say(view, "It now stands {drawdown_now:abs} below its peak." if now < 0 else "It now stands at its peak.")
    note.say(view, "{under_water_share} of the bars were spent below a peak.")
    note.plain("The chart is below.")


@tells("detect_liquidation_levels", "create_liquidation_zone")
def liquidation(note: Note, view: View) -> None:
    """The nearest levels on either side."""
    note.say(view, "{name} stands at {close}.")
    note.say(
        view, "Below, longs would be liquidated near {liquidation_below} ({liquidation_below_distance:abs} away)."
    ) or note.say(view, "Below, longs would be liquidated near {liquidation_below}.")
    note.say(
        view, "Above, shorts would be liquidated near {liquidation_above} ({liquidation_above_distance:abs} away)."
    ) or note.say(view, "Above, shorts would be liquidated near {liquidation_above}.")
    note.plain("A run through such a level often speeds up; beyond it, it often ends.")


@tells("create_chart_annotation")
def annotation(note: Note, view: View) -> None:
    """What was marked, and how far from the price it is."""
    kind = view.word("mark_kind") or "note"
    if view.value("mark_price") is not None:
        note.say(view, f"Marked on the chart of {{name}}: {safe(kind)} at {{mark_price}}.")
    else:
        note.plain(f"Marked on the chart of {view.name}.")
    note.say(view, "The close is {close}, so the mark lies {mark_distance:plus} from it.") or note.say(
        view, "The close is {close}."
    )
