"""Searching parameters without fooling oneself: a grid, its heatmap, and whether its best is luck."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components.backtest import address
from components.backtest.asked import from_inputs
from components.backtest.loading import Done
from components.figures.drawn import Drawn
from components.figures.outcomes import Grid, grid_figure
from components.figures.runs import Line, growth_figure
from components.figures.theme import CONFIG
from components.states import empty, plain
from components.theme import tokens
from core import formats
from core.backtest import BacktestError
from core.backtest.metric_table import BY_NAME
from core.backtest.recipe import Inputs, Recipe
from core.backtest.search import METRICS, Search, search, steps, variant
from core.backtest.study import curves
from core.backtest.told import told
from core.backtest.verdict import Verdict
from core.indicators import Param

MOST_VARIANTS = 100_000
_GRID = "bt_grid"
_STOPS = (
    Param("stop_percent", "Stop loss, %", 0.0, 0.0, 99.0, "float"),
    Param("trail_percent", "Trailing stop, %", 0.0, 0.0, 99.0, "float"),
    Param("target_percent", "Target, %", 0.0, 0.0, 1000.0, "float"),
)
_ICONS = {"skill": ":green[:material/check_circle:]", "luck": ":red[:material/casino:]", "open": ":material/help:"}
_BOX = {"luck": st.warning, "open": st.info, "skill": st.success, "nothing": st.info}
_BOX_ICONS = {
    "luck": ":material/casino:",
    "open": ":material/balance:",
    "skill": ":material/verified:",
    "nothing": ":material/hourglass_empty:",
}


def panel(done: Done, mode: str) -> None:
    """The grid's form, and what came of it."""
    grid = _form(done.inputs.recipe)
    if grid is None:
        empty(
            "Nothing searched yet",
            "Choose what to vary and press Search: every combination is run, and its best weighed against luck.",
            ":material/grid_on:",
        )
        return
    with st.spinner("Running every combination"):
        found = _searched(f"{done.key}|{sorted(grid.items())!r}", done, grid)
    _verdict(found.verdict, found)
    _heatmap(found, mode)
    _leaders(found, done)
    _walk(found, done, mode)


def _form(recipe: Recipe) -> dict[str, list[Any]] | None:
    """The grid that was asked for last, for this strategy; None before the first."""
    chosen = recipe.chosen
    numeric = [one for one in chosen.params if one.kind in ("int", "float")]
    offered = {one.name: one for one in (*numeric, *_STOPS)}
    usual = [one.name for one in numeric[:2]] or ["stop_percent"]
    key = recipe.strategy if recipe.plan is None else f"rules {recipe.plan.name}"
    kept = st.session_state.get(_GRID)
    names = st.multiselect(
        "Vary", list(offered), default=usual, format_func=lambda name: offered[name].label, max_selections=4,
        key=f"bt_vary_{key}",
    )  # fmt: skip
    with st.form("bt_grid_form", border=True):
        ranges = {name: _range(offered[name], chosen.values.get(name, 0.0), key) for name in names}
        asked_now = st.form_submit_button("Search", icon=":material/search:", type="primary", disabled=not names)
    if asked_now:
        grid = {name: _values(offered[name], *ranges[name]) for name in names}
        size = math.prod(len(one) for one in grid.values())
        if size > MOST_VARIANTS:
            raise BacktestError(
                f"The grid has {size:,} combinations; here {MOST_VARIANTS:,} are run at most. Use wider steps or fewer "
                "parameters, or the command line's sweep."
            )
        st.session_state[_GRID] = kept = (key, grid)
    return kept[1] if kept is not None and kept[0] == key else None


def _range(param: Param, value: Any, key: str) -> tuple[float, float, float]:
    """From, to and step of one parameter, on a line."""
    whole = param.kind == "int"
    low, high, step = suggested(param, float(value))
    st.markdown(f"**{plain(param.label)}**")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        made = []
        for name, start in (("From", low), ("To", high), ("Step", step)):
            made.append(
                st.number_input(
                    name, value=round(start) if whole else float(start), step=1 if whole else 0.1, width=108,
                    key=f"bt_grid_{key}_{param.name}_{name}",
                )
            )  # fmt: skip
    return float(made[0]), float(made[1]), float(made[2])


def suggested(param: Param, value: float) -> tuple[float, float, float]:
    """A range of about a dozen values around the present one, inside what is allowed: (from, to, step)."""
    if param.kind == "int":
        low, high = max(param.low, round(value * 0.25)), min(param.high, max(round(value * 2.0), round(value) + 11))
        return low, high, max(1, round((high - low) / 12))
    if value == 0.0:
        high = min(param.high, 12.0)
        return max(param.low, 0.0), high, max(high / 6.0, 0.1)
    low, high = sorted((value * 0.5, value * 1.5))
    low, high = max(param.low, low), min(param.high, high)
    return round(low, 4), round(high, 4), round((high - low) / 10, 4) or 0.1


def _values(param: Param, low: float, high: float, step: float) -> list[Any]:
    values = steps(low, high, step, whole=param.kind == "int")
    return [param.clean(param.label, one) for one in values]


@st.cache_resource(max_entries=32, ttl=1800, show_spinner=False)
def _searched(key: str, _done: Done, _grid: dict[str, list[Any]]) -> Search:  # noqa: ARG001  the inputs in one string
    return search(_done.material, _done.inputs.recipe, _grid)


def _verdict(found: Verdict, whole: Search) -> None:
    """The box that says what may be believed."""
    lines = "\n".join(f"- {_ICONS[one.says]} {plain(one.text)}" for one in found.reasons)
    _BOX[found.level](lines, title=found.headline, icon=_BOX_ICONS[found.level])
    if whole.checks.missing:
        missing = " ".join(dict.fromkeys(whole.checks.missing))
        st.caption(f":material/info: Not weighed: {plain(missing)}")


def _heatmap(found: Search, mode: str) -> None:
    """A figure over one or two of the parameters; over the others the middle value."""
    names = list(found.names)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        metric = st.selectbox(
            "Figure", METRICS, format_func=lambda name: BY_NAME[name].label, key="bt_grid_metric", width=200
        )
        x = (
            st.selectbox("Across", names, format_func=_words, key="bt_grid_x", width=200)
            if len(names) > 1
            else names[0]
        )
        rest = [name for name in names if name != x]
        y = (
            st.selectbox("Up", rest, format_func=_words, key="bt_grid_y", width=200)
            if len(rest) > 1
            else (rest[0] if rest else None)
        )
    figure = _grid_figure(found, metric, x, y, mode)
    st.plotly_chart(figure, theme=None, config=CONFIG, key="bt_grid_chart", alt=figure.alt)
    if len(names) > 2:
        st.caption("Each cell is the middle value over the parameters that are not shown.")
    st.caption("A peak that stands alone is luck more often than a plateau: neighbours should do nearly as well.")


def _grid_figure(found: Search, metric: str, x: str, y: str | None, mode: str) -> Drawn:
    table = found.table
    if y is None:
        pivot = table.groupby(x)[metric].median().to_frame().T
    else:
        pivot = table.pivot_table(metric, y, x, aggfunc="median", dropna=False)
    unit = BY_NAME[metric].unit
    return grid_figure(
        Grid(
            BY_NAME[metric].label, unit, _words(x), _words(y or ""),
            tuple(_short(one) for one in pivot.columns), tuple(_short(one) for one in pivot.index),
            pivot.to_numpy(dtype=np.float64),
        ),
        tokens(mode),
    )  # fmt: skip


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _leaders(found: Search, done: Done) -> None:
    """The ten that lead, one of which can be taken over."""
    top = found.best("sharpe", 10).reset_index(drop=True)
    if top.empty:
        return
    st.markdown("**The ten with the highest Sharpe ratio**")
    picked = st.dataframe(
        leaders(top, found.names, done.currency),
        hide_index=True,
        height=38 + 35 * len(top),
        on_select="rerun",
        selection_mode="single-row",
        key="bt_leaders",
        alt=f"The {len(top)} variants with the highest Sharpe ratio of {found.variants}",
    )
    rows = picked.selection.rows if picked is not None else []
    st.button(
        "Look at the chosen one",
        icon=":material/arrow_forward:",
        key="bt_take",
        disabled=not rows,
        on_click=_taken,
        args=(done.inputs, {name: _plain(top[name].iloc[rows[0]]) for name in found.names} if rows else {}),
        help="Choose a row of the table first.",
    )


def leaders(top: pd.DataFrame, names: tuple[str, ...], currency: str) -> pd.DataFrame:
    """Rows of a search written out."""
    out = {_words(name): [_short(one) for one in top[name]] for name in names}
    for metric in METRICS:
        out[BY_NAME[metric].label] = [told(metric, float(one), currency) for one in top[metric]]
    return pd.DataFrame(out)


def _taken(inputs: Inputs, point: dict[str, Any]) -> None:
    asked = address.current()
    asked = from_inputs(inputs) if asked.run else asked
    address.write(replace(asked, recipe=variant(asked.recipe, point), view="result", run=""))


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value


def _walk(found: Search, done: Done, mode: str) -> None:
    """What choosing anew on each stretch and trading the next would have made."""
    walk = found.walk
    if walk is None:
        return
    st.markdown("**Walk-forward: only what was not seen counts**")
    index = pd.DatetimeIndex(walk.equity.index)
    whole = curves(done.run)
    at = whole.index.get_indexer(index)
    holding = whole.holding[at] / whole.holding[at[0]]
    figure = growth_figure(
        (
            Line("Chosen anew, unseen bars", index, walk.equity.to_numpy(dtype=np.float64) / walk.capital),
            Line("Buy and hold", index, holding),
        ),
        done.instrument.timezone,
        tokens(mode),
    )
    st.plotly_chart(figure, theme=None, config=CONFIG, key="bt_walk", alt=figure.alt)
    rows = []
    for one in walk.windows:
        first, last = done.run.tape.index[one.test_first], done.run.tape.index[one.test_last - 1]
        rows.append(
            {
                "Traded": f"{formats.day(first.date())} – {formats.day(last.date())}",
                "Chosen": ", ".join(f"{name} {_short(value)}" for name, value in one.params.items()) or "nothing",
                "Sharpe where chosen": told("sharpe", one.inside, ""),
                "Sharpe unseen": told("sharpe", one.outside, ""),
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="bt_walk_table", alt=f"{len(rows)} steps of walk-forward")
