"""What an investor saved and kept: strategies with their links and versions, runs with their figures."""

from urllib.parse import quote

import pandas as pd
import streamlit as st

from components.backtest.refusals import refusals
from components.figures.runs import Line, growth_figure
from components.figures.theme import CONFIG
from components.states import empty, plain
from components.theme import tokens
from core import formats
from core.accounts.model import Account
from core.backtest import kept, saved
from core.backtest.metric_table import BY_NAME
from core.backtest.told import told

PAGE = "pages/backtest.py"
_COMPARED = (
    *("total_return", "cagr", "sharpe", "sortino", "calmar", "max_drawdown", "volatility", "trades", "win_rate"),
    *("profit_factor", "exposure", "turnover", "cost_share", "benchmark_return"),
)
_ZONE = "Asia/Kolkata"
_SAID = "shelf_said"


def strategies(account: Account) -> None:
    """Saved strategies, a card each."""
    found = saved.strategies_of(account)
    if not found:
        empty(
            "No strategy saved yet",
            "Open Backtesting, set up a strategy or rules of your own, and choose Keep, Save the strategy.",
            ":material/bookmarks:",
        )
        st.page_link(PAGE, label="To Backtesting", icon=":material/experiment:")
        return
    with st.grid(2, min_column_width=340, gap="small"):
        for one in found:
            _card(account, one)


def _card(account: Account, one: saved.Saved) -> None:
    with st.container(border=True, gap="small"):
        st.markdown(f"**{plain(one.name)}**")
        st.caption(
            f"{plain(one.recipe.title)} · version {one.version} · "
            f"saved {formats.day(one.saved_at, _ZONE)}{' · shared' if one.shared else ''}"
        )
        st.markdown("\n".join(f"- {plain(text)}" for text in one.recipe.told[:4]))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.page_link(PAGE, label="Open", icon=":material/open_in_new:", query_params={"saved": one.link})
            key = f"shelf_share_{one.link}"
            st.session_state[key] = one.shared
            st.toggle(
                "Shared", key=key, on_change=_shared, args=(account, one.link, key),
                help="Whoever has the link may open and copy it; nobody else can change it.",
            )  # fmt: skip
            with st.popover("Delete", icon=":material/delete:"):
                st.caption("All its versions go. Kept runs stay.")
                st.button(
                    "Delete it", key=f"shelf_drop_{one.link}", type="primary", on_click=saved.remove,
                    args=(account, one.link),
                )  # fmt: skip
        if one.shared:
            st.code(f"/backtest?saved={quote(one.link)}", language=None)
        if one.version > 1:
            _versions(account, one)


def _versions(account: Account, one: saved.Saved) -> None:
    menu = st.expander(f"{one.version} versions", key=f"shelf_versions_{one.link}", on_change="rerun")
    if not menu.open:
        return
    with menu:
        for each in saved.versions(account, one.link):
            st.markdown(
                f"**{each.version}** · {formats.day(each.saved_at, _ZONE)} · {plain(each.recipe.title)}  \n"
                f":gray[{plain(' '.join(each.recipe.told[:2]))}]"
            )
            if each.version < one.version:
                st.button(
                    "Make it the newest", key=f"shelf_back_{one.link}_{each.version}", type="tertiary",
                    on_click=_restored, args=(account, each),
                )  # fmt: skip


def _shared(account: Account, link: str, key: str) -> None:
    saved.share(account, link, shared=bool(st.session_state[key]))


def _restored(account: Account, each: saved.Saved) -> None:
    saved.save(account, each.name, each.recipe, link=each.link)


def runs(account: Account, mode: str) -> None:
    """Kept runs; chosen ones are opened, compared or deleted."""
    found = kept.kept_by(account)
    if not found:
        empty(
            "No backtest kept yet",
            "Open Backtesting and choose Keep: the run is stored with all it needs to be run again to the same bits.",
            ":material/bookmark:",
        )
        return
    st.caption(f"Choose one to open it, two to {kept.MOST_COMPARED} to compare them.")
    picked = st.dataframe(
        listed(found),
        hide_index=True,
        height=min(38 + 35 * len(found), 400),
        on_select="rerun",
        selection_mode="multi-row",
        key="shelf_runs",
        alt=f"{len(found)} kept backtests, newest first",
    )
    rows = [row for row in (picked.selection.rows if picked is not None else []) if row < len(found)]
    chosen = [found[row] for row in rows]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if len(chosen) == 1:
            st.page_link(PAGE, label="Open", icon=":material/open_in_new:", query_params={"run": chosen[0].link})
        if chosen:
            with st.popover(f"Delete {len(chosen)}", icon=":material/delete:"):
                st.button(
                    "Delete for good", key="shelf_drop_runs", type="primary", on_click=_dropped,
                    args=(account, tuple(one.link for one in chosen)),
                )  # fmt: skip
    if len(chosen) > 1:
        with refusals("compare"):
            compare(account, [one.link for one in chosen], mode)


def _dropped(account: Account, links: tuple[str, ...]) -> None:
    kept.forget(account, links)
    st.session_state.pop("shelf_runs", None)


def listed(found: tuple[kept.Kept, ...]) -> pd.DataFrame:
    """Kept runs as rows, written out."""
    return pd.DataFrame(
        {
            "Run": [one.title for one in found],
            "Instrument": [one.inputs.symbol for one in found],
            "From": [formats.day(one.equity.index[0].to_pydatetime(), _ZONE) for one in found],
            "To": [formats.day(one.equity.index[-1].to_pydatetime(), _ZONE) for one in found],
            **{
                BY_NAME[name].label: [told(name, one.figures.get(name)) for one in found]
                for name in ("total_return", "cagr", "sharpe", "max_drawdown", "trades")
            },
            "Prices": ["Simulated" if one.simulated else one.source.replace("_", " ").capitalize() for one in found],
            "Kept": [formats.day(one.kept_at, _ZONE) for one in found],
        }
    )


def compare(account: Account, links: list[str], mode: str) -> None:
    """Up to ten runs: what one unit became, and their figures side by side."""
    found = kept.compared(account, links)
    names = _distinct([one.title for one in found])
    lines = tuple(
        Line(name, pd.DatetimeIndex(one.equity.index), one.growth) for name, one in zip(names, found, strict=True)
    )
    figure = growth_figure(lines, _ZONE, tokens(mode))
    st.markdown("**What one unit became**")
    st.plotly_chart(figure, theme=None, config=CONFIG, key="shelf_compare", alt=figure.alt)
    if len({one.simulated for one in found}) > 1:
        st.caption(":material/info: Real and simulated prices stand side by side here: they say nothing of each other.")
    table = {"Figure": [BY_NAME[name].label for name in _COMPARED]}
    for name, one in zip(names, found, strict=True):
        table[name] = [told(each, one.figures.get(each)) for each in _COMPARED]
    st.dataframe(pd.DataFrame(table), hide_index=True, key="shelf_figures", alt=f"Figures of {len(found)} runs")


def _distinct(titles: list[str]) -> list[str]:
    """Titles made different where two are alike, so that each keeps its column."""
    seen: dict[str, int] = {}
    out = []
    for title in titles:
        seen[title] = seen.get(title, 0) + 1
        out.append(title if seen[title] == 1 else f"{title} ({seen[title]})")
    return out
