"""What came of a run: headline figures, equity, months, spread, rolling figures, what a reader must know."""

import streamlit as st

from components.backtest.loading import Done
from components.charts.source import source_label
from components.figures.outcomes import months_figure, spread_figure
from components.figures.runs import equity_figure, rolling_figure
from components.figures.theme import CONFIG
from components.states import empty, plain
from components.theme import tokens
from core import formats
from core.backtest.metric_table import BY_NAME
from core.backtest.study import curves, months, rolling, spread
from core.backtest.told import told
from core.clock import now
from core.market.model import AssetClass

_HEADLINE = (
    *("total_return", "benchmark_return", "cagr", "sharpe", "max_drawdown"),
    *("trades", "win_rate", "profit_factor", "exposure", "volatility"),
)
FLAT = CONFIG | {"displayModeBar": False}


def head(done: Done, title: str) -> None:
    """What was run, on what, from where."""
    run, material = done.run, done.material
    sourced = material.sourced
    index = run.tape.index
    source = "Simulated" if sourced.simulated else source_label(sourced.source)
    badge = f":{'orange' if sourced.simulated or sourced.stale else 'gray'}-badge[{source}]"
    span = f"{formats.day(index[0].date())} to {formats.day(index[-1].date())}, {formats.number(len(index), 0)} bars"
    st.markdown(f"#### {plain(title)}")
    st.caption(f"{plain(done.instrument.name)} · {span} · {plain(run.label)} &ensp;{badge}")


def headline(done: Done) -> None:
    """The figures one looks at first, their definitions on hover."""
    figures, currency = done.run.metrics, done.currency
    with st.grid(5, min_column_width=130, gap="small"):
        for name in _HEADLINE:
            st.metric(
                BY_NAME[name].label,
                told(name, figures[name], currency),
                help=BY_NAME[name].definition,
                border=True,
            )


def knows(done: Done) -> None:
    """What a reader must know beside the figures."""
    run = done.run
    known = list(run.warnings)
    if done.material.sourced.simulated:
        known.append("The prices are simulated: nothing here happened in a market.")
    if done.instrument.asset_class is AssetClass.STOCK:
        known.append(
            "One instrument that is known today is tested on its past: those that failed meanwhile are not among the "
            "choices (survivorship)."
        )
    known += [one.detail for one in done.material.sourced.warnings if one.kind != "simulated"]
    if done.peek is not None:
        st.error(plain(done.peek.text), icon=":material/visibility:", title="This strategy looks ahead")
    if run.ambiguous:
        better = run.optimistic["total_return"]
        known.append(f"With every ambiguous bar taken the better way it returns {formats.percent(better)}.")
    if run.pending:
        known.append(f"The last close orders for the next open: {run.pending}.")
    lines = "\n".join(f"- {plain(text)}" for text in dict.fromkeys(known))
    if lines:
        st.caption(f":material/info: About this result\n\n{lines}")


def overview(done: Done, mode: str) -> None:
    """Equity over time, months, and how trades are spread."""
    if not done.run.metrics["trades"] and not done.run.metrics["open_trades"]:
        empty(
            "This strategy never traded here",
            "Choose a longer range, other parameters, or rules that come true at least once.",
            ":material/hourglass_empty:",
        )
        return
    figures = _figures(f"{done.key}|{mode}|{formats.number_style()}", done, mode)
    st.plotly_chart(figures[0], theme=None, config=CONFIG, key="bt_equity", alt=figures[0].alt)
    left, right = st.columns([1.35, 1], gap="medium")
    with left:
        st.markdown("**Returns by month, %**")
        st.plotly_chart(figures[1], theme=None, config=FLAT, key="bt_months", alt=figures[1].alt)
    with right:
        st.markdown("**Returns of trades**")
        if figures[2] is None:
            st.caption("No trade was closed yet.")
        else:
            st.plotly_chart(figures[2], theme=None, config=FLAT, key="bt_spread", alt=figures[2].alt)
    if figures[3] is not None:
        st.markdown(f"**Over the last {rolling(done.run).sessions} sessions**")
        st.plotly_chart(figures[3], theme=None, config=FLAT, key="bt_rolling", alt=figures[3].alt)


@st.cache_resource(max_entries=64, ttl=1800, show_spinner=False)
def _figures(key: str, _done: Done, _mode: str) -> tuple:  # type: ignore[type-arg]  # noqa: ARG001
    run, colours = _done.run, tokens(_mode)
    interval, zone = _done.material.sourced.data.interval, _done.instrument.timezone
    trades, moving = spread(run), rolling(run)
    return (
        equity_figure(curves(run), interval, zone, _done.currency, _done.inputs.title, colours),
        months_figure(months(run), colours),
        spread_figure(trades, colours) if len(trades.counts) else None,
        rolling_figure(moving, interval, zone, colours) if len(moving.index) > moving.sessions else None,
    )


def freshness(done: Done) -> str:
    """When the last bar was complete, in words."""
    return formats.moment(done.material.sourced.as_of, done.instrument.timezone, now=now())
