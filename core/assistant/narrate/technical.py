"""Words for what charts and indicators say."""

from __future__ import annotations

import re

from core.assistant.narrate.note import Note, View, short_name, tells

_ZONES = {
    "overbought": "overbought: buyers have been in charge, and a pause is more likely than usual",
    "oversold": "oversold: sellers have been in charge, and a bounce is more likely than usual",
}


@tells("get_rsi")
def rsi(note: Note, view: View) -> None:
    """RSI now, its zone, its place in the year, what would change it."""
    zone = view.word("rsi_zone")
    told = _ZONES.get(zone, f"{zone}, neither overbought nor oversold" if zone in {"", "neutral"} else zone)
    note.say(view, f"The RSI of {{name}} is {{rsi}}, {told}.")
    share = view.number("rsi_percentile")
    if share is not None:
        where = "high" if share >= 80 else "low" if share <= 20 else "in the usual range"
        note.say(
            view,
            f"That is {where} for this stock: {{rsi_percentile:d0}} of its RSI readings of the past "
            f"year were at or below it, between {{rsi_low}} and {{rsi_high}}.",
        )
    crossed = view.word("rsi_cross_direction")
    if crossed:
        way = "above" if crossed == "up" else "below"
        note.say(view, f"RSI last crossed {way} {{rsi_cross_level:d0}} on {{rsi_cross_date}}.")
    divergence = view.word("rsi_divergence")
    if divergence in {"bullish", "bearish"}:
        note.plain(f"It diverges from the price in a {divergence} way, so the move is losing its backing.")
    number = view.number("rsi")
    if number is not None and number >= 70:
        note.say(view, "A fall of RSI back under {rsi_overbought_level:d0} would end the overbought phase.")
    elif number is not None and number <= 30:
        note.say(view, "A rise of RSI back over {rsi_oversold_level:d0} would end the oversold phase.")
    else:
        note.say(
            view,
            "The reading would change above {rsi_overbought_level:d0} (overbought) or below "
            "{rsi_oversold_level:d0} (oversold).",
        )


@tells("get_macd")
def macd(note: Note, view: View) -> None:
    """MACD against its signal line and zero."""
    note.say(
        view,
        "The MACD of {name} is {macd_state}: MACD {macd:d2} against a signal line of "
        "{macd_signal:d2}, histogram {macd_histogram:d2}.",
    )
    note.say(view, "Momentum is {macd_momentum}.")
    way = view.word("macd_cross_direction")
    if way:
        note.say(
            view,
            f"It crossed its signal line {'upwards' if way == 'up' else 'downwards'} on "
            f"{{macd_cross_date}}; the price has moved {{change_since_macd_cross:plus}} since that "
            f"crossing.",
        )
    zero = view.word("macd_zero_cross_direction")
    if zero:
        note.say(
            view,
            f"The last crossing of zero was {'upwards' if zero == 'up' else 'downwards'}, on {{macd_zero_cross_date}}.",
        )
    note.plain(
        "The view changes when MACD crosses back over its signal line."
        if view.word("macd_cross_direction") == "down"
        else "The view changes when MACD falls under its signal line."
    )


@tells("get_bollinger_bands")
def bollinger(note: Note, view: View) -> None:
    """Where the close lies within its bands, how wide they are."""
    note.say(
        view,
        "{name} closed at {close}, {bollinger_state}: upper band {bollinger_upper}, middle "
        "{bollinger_middle}, lower band {bollinger_lower}.",
    )
    note.say(view, "%B is {percent_b}, counted from the lower band to the upper.")
    width = view.number("band_width_percentile")
    if width is not None:
        kind = (
            "tight, a squeeze from which moves often start"
            if width <= 15
            else "wide, so a calmer stretch often follows"
            if width >= 85
            else "neither tight nor wide"
        )
        note.say(
            view,
            f"The bands are {{band_width}} wide: {{band_width_percentile:d0}} of the year's band "
            f"widths were at or below that, so they are {kind}.",
        )
    note.say(view, "The last close outside the bands was {bollinger_last_outside}, on {bollinger_last_outside_date}.")


@tells("get_moving_averages")
def averages(note: Note, view: View) -> None:
    """Price against its averages, their order, the last cross."""
    below, counted = view.number("averages_below_price"), view.number("averages_counted")
    if below is not None and counted:
        stance = "above all of" if below == counted else "below all of" if below == 0 else "between"
        note.say(
            view,
            f"{{name}} closed at {{close}}, {stance} its moving averages ({{averages_below_price}} of "
            f"{{averages_counted}} lie below the price).",
        )
    shown = [
        one.field
        for one in view.result.values
        if one.symbol == view.symbol
        and one.unit not in {"%", "text", "date", "count"}
        and one.field[:4] in {"sma_", "ema_"}
    ]
    for field in shown[:4] if len(shown) > 4 else shown:
        kind, _, length = field.partition("_")
        distance = view.number(f"{field}_distance")
        if distance is not None:
            note.say(
                view,
                f"{kind.upper()} {length}: {{{field}}}, the price {{{field}_distance:abs}} "
                f"{'above' if distance >= 0 else 'below'} it.",
            )
    note.say(view, "Order of the averages: {averages_alignment}.")
    if view.word("golden_cross") in {"golden cross", "death cross"}:
        note.say(
            view,
            "The last {golden_cross} was on {golden_cross_date}; the price has moved "
            "{change_since_golden_cross:plus} since that cross.",
        )


@tells("get_support_resistance")
def levels(note: Note, view: View) -> None:
    """Nearest levels first."""
    if not note.say(
        view, "The nearest support of {name} is {support_1}, {support_1_distance:abs} below the close of {close}."
    ):
        note.say(view, "{name} closed at {close}, with no earlier turn below it in this span.")
    note.say(
        view,
        "It was touched {support_1_touches} times, last on {support_1_last_touch}."
        if (view.number("support_1_touches") or 0) > 1
        else "It was last touched on {support_1_last_touch}.",
    )
    if not note.say(view, "The nearest resistance is {resistance_1}, {resistance_1_distance:abs} above the close."):
        note.plain("Above the price no earlier turn stands in the way.")
    note.say(view, "Below lie support at {support_2} and {support_3}.") or note.say(
        view, "Below lies support at {support_2}."
    )
    note.say(view, "Above lie resistance at {resistance_2} and {resistance_3}.") or note.say(
        view, "Above lies resistance at {resistance_2}."
    )
    note.say(view, "Pivot point {pivot}: R1 {pivot_r1}, S1 {pivot_s1}.")
    note.say(view, "A close below {support_1} would turn that support into resistance.")


@tells("get_chart_patterns")
def patterns(note: Note, view: View) -> None:
    """The latest patterns, what they aim at, what ends them."""
    if not note.say(
        view,
        "The latest chart pattern of {name}: {pattern_1} ({pattern_1_direction}, "
        "{pattern_1_state}), known since {pattern_1_known}.",
    ):
        note.plain(f"No chart pattern of {view.name} is at work in this span.")
    note.say(view, "Its target is {pattern_1_target}; it fails beyond {pattern_1_invalidation}.")
    note.say(view, "Before it: {pattern_2} ({pattern_2_direction}, {pattern_2_state}), known since {pattern_2_known}.")
    note.say(view, "The latest candle pattern is {candle_1} ({candle_1_direction}) of {candle_1_date}.")
    note.say(view, "The close is {close}.")


@tells("get_volume_analysis")
def volume(note: Note, view: View) -> None:
    """Volume against its average, who is behind it, where most was traded."""
    against = view.number("relative_volume")
    if against is not None:
        kind = "heavy" if against >= 1.5 else "light" if against <= 0.7 else "normal"
        note.say(
            view,
            f"Volume in {{name}} is {kind}: {{volume}} shares in the last bar, {{relative_volume:d2}} "
            f"times the average volume of {{average_volume}}.",
        )
    share = view.number("up_volume_share")
    if share is not None:
        side = "buyers" if share > 52 else "sellers" if share < 48 else "neither side"
        note.say(
            view,
            f"{{up_volume_share}} of the volume came on rising days, so {side} had the upper hand; "
            f"on-balance volume is {{obv_trend}}.",
        )
    note.say(view, "Money flow index: {mfi}.")
    note.say(
        view,
        "Most was traded around {point_of_control} (point of control), the volume-weighted "
        "average price (VWAP) is {vwap}.",
    )
    note.say(view, "The close of {close} stands {close_vs_vwap:plus} against VWAP.")


@tells("get_price_action")
def action(note: Note, view: View) -> None:
    """Return over the span, its range, risk and trend."""
    change = view.number("period_return")
    span = _span_words(view)
    if change is not None:
        moved = "gained" if change >= 0 else "lost"
        note.say(
            view,
            f"{{name}} {moved} {{period_return:abs}} over {span}, from {{period_start_close}} to a close of {{close}}.",
        )
    note.say(view, "The range was {period_low} to {period_high}; the close is {from_high:abs} below that high.")
    note.say(view, "Volatility is {volatility} a year and the deepest drawdown was {max_drawdown:abs}.")
    note.say(view, "Over the last month the return was {return_1mo:plus}, over the last week {return_5d:plus}.")
    trend = view.word("trend")
    if trend:
        note.plain(f"The trend is {trend}." if trend not in {"up", "down"} else f"The trend points {trend}.")
    note.say(view, "Beta is {beta:d2}.")
    bench = next(iter(view.all("benchmark_return")), None)
    if bench is not None and change is not None and isinstance(bench.value, int | float):
        note.write(
            f"Its benchmark {short_name(bench.symbol)} returned {{v:plus}}, so it "
            f"{'beat' if change > bench.value else 'trailed'} the market.",
            {"v": bench},
        )


def _span_words(view: View) -> str:
    value = view.value("period_return")
    label = value.label if value is not None else ""
    return label.removeprefix("Return over ").strip() or "the span" if label.startswith("Return over ") else "the span"


@tells("get_technical_indicators")
def summary(note: Note, view: View) -> None:
    """The overall reading and what it rests on."""
    note.say(
        view,
        "Technically {name} looks {technical_view}: {indicators_up} of {indicators_counted} "
        "indicators point up and {indicators_down} point down.",
    )
    note.say(view, "RSI is {rsi} ({rsi_reading}).")
    note.say(view, "MACD is {macd_reading}.")
    note.say(view, "ADX is {adx} ({adx_reading}).")
    note.say(view, "The close of {close} compares with SMA 50 at {sma_50} and SMA 200 at {sma_200}.") or note.say(
        view, "The close is {close}."
    )
    note.say(view, "A day's usual range (ATR) is {atr}, {atr_percent} of the price.")
    close, trail = view.number("close"), view.number("supertrend")
    if close is not None and trail is not None:
        note.say(
            view,
            f"A close {'below' if close > trail else 'above'} the supertrend line at {{supertrend}} "
            f"would turn the picture.",
        )


@tells("calculate_indicators")
def indicators(note: Note, view: View) -> None:
    """Each line's latest value."""
    shown = [
        one
        for one in view.result.values
        if one.symbol == view.symbol
        and one.field not in {"close"}
        and isinstance(one.value, int | float)
        and not re.search(r"bar before|: direction|share of the year", one.label)
    ]
    if shown:
        note.plain(f"{view.name}:")
    for index, one in enumerate(shown[:8]):
        note.write(
            f"{one.label.replace('{', '').replace('}', '')} is {{v}}{'.' if index == min(len(shown), 8) - 1 else ';'}",
            {"v": one},
        )
    note.say(view, "The close is {close}.")
