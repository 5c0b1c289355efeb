"""The rule builder: four conditions in rows, read back as sentences; every change is tried at once."""

import json
from dataclasses import replace
from typing import Any

import streamlit as st

from components.backtest import address
from components.backtest.asked import Asked
from components.backtest.rule_rows import (
    KINDS,
    SLOTS,
    Base,
    Block,
    Row,
    block_of,
    kind_of,
    new_operand,
    operand_of,
    with_block,
)
from components.states import plain
from core.backtest import BacktestError, BadRule
from core.backtest.recipe import RULES
from core.backtest.rules import (
    Candle,
    Compare,
    Daytime,
    Level,
    Month,
    MonthDays,
    Number,
    Price,
    RulePlan,
    Study,
    Trend,
    Value,
    Weekday,
    document,
    loads,
    sentences,
    tuned,
)
from core.backtest.rules.plan import DIRECTIONS, FIELDS, HOWS, MONTHS, SPANS, WAYS, WEEKDAYS
from core.backtest.rules.reading import minute_of
from core.backtest.rules.text import clock
from core.indicators import candle_patterns, catalogue, find, find_pattern

_SAID = "bt_rules_said"
_MOST_ROWS = 8
_HOW_TOLD = {
    "above": "is above",
    "below": "is below",
    "at_least": "is at least",
    "at_most": "is at most",
    "crosses_above": "crosses above",
    "crosses_below": "crosses below",
}
_LEVELS = {
    "highest": "Highest high of bars",
    "lowest": "Lowest low of bars",
    "previous_high": "Last period's high",
    "previous_low": "Last period's low",
    "previous_close": "Last period's close",
}
_SAYS = {"any": "either way", "up": "bullish", "down": "bearish"}


def panel(asked: Asked) -> None:
    """The rules in words, and the builder behind an expander; nothing for strategies of the library."""
    if asked.recipe.plan is None:
        return
    plan = tuned(asked.recipe.plan, dict(asked.recipe.params))
    st.markdown("\n".join(f"- {plain(one)}" for one in sentences(plan)))
    opened = st.expander("Edit the rules", icon=":material/edit:", key="bt_rules_open", on_change="rerun")
    if not opened.open:
        return
    with opened:
        st.session_state["bt_rules_name"] = plan.name
        st.text_input("Name", key="bt_rules_name", max_chars=80, width=320, on_change=_named)
        for slot, title in SLOTS.items():
            _slot(plan, slot, title)
        if said := st.session_state.pop(_SAID, None):
            st.warning(plain(said), icon=":material/edit_note:")
        _as_text(plan)


def _slot(plan: RulePlan, slot: str, title: str) -> None:
    """One of the four conditions."""
    if slot.startswith("exit") and getattr(plan, slot.replace("exit", "enter")) is None:
        return
    block = block_of(getattr(plan, slot))
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{title}**", width=150)
            if block is not None and len(block.rows) > 1:
                st.session_state[f"bt_rule_{slot}_join"] = block.join
                st.segmented_control(
                    "Joined by", ["all", "any"], required=True, key=f"bt_rule_{slot}_join",
                    format_func=lambda one: {"all": "all hold", "any": "one holds"}[one],
                    label_visibility="collapsed", on_change=_joined, args=(slot,),
                )  # fmt: skip
        if block is None:
            st.caption("This condition is deeper than rows can show; change it as text below.")
            return
        for k, row in enumerate(block.rows):
            _row(slot, k, row)
        if len(block.rows) < _MOST_ROWS:
            st.button(
                "Add a condition", icon=":material/add:", type="tertiary", key=f"bt_rule_{slot}_add",
                on_click=_added, args=(slot,),
            )  # fmt: skip


def _row(slot: str, k: int, row: Row) -> None:
    """One condition: its kind, its parts, what stands around it."""
    key = f"bt_rule_{slot}_{k}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        _select(f"{key}_kind", "Condition", list(KINDS), kind_of(row.base), 120, _rekinded, slot, k)
        match row.base:
            case Compare(left, how, right):
                _operand(f"{key}_left", "What", left, slot, k)
                _select(f"{key}_how", "How", list(HOWS), how, 132, _edited, slot, k, _HOW_TOLD)
                _operand(f"{key}_right", "Than", right, slot, k)
            case Trend(value, way, bars):
                _operand(f"{key}_value", "What", value, slot, k)
                _select(f"{key}_way", "How", list(WAYS), way, 110, _edited, slot, k)
                _number(f"{key}_bars", "Bars in a row", bars, slot, k)
            case Candle(pattern, says):
                names = [one.name for one in candle_patterns()]
                told = {name: find_pattern(name).label for name in names}
                _select(f"{key}_pattern", "Pattern", names, pattern, 220, _edited, slot, k, told)
                _select(f"{key}_says", "Says", list(DIRECTIONS), says, 130, _edited, slot, k, _SAYS)
            case Weekday(days):
                _several(f"{key}_days", "Days", WEEKDAYS, days, slot, k)
            case Month(months):
                _several(f"{key}_months", "Months", MONTHS, months, slot, k)
            case MonthDays(first, last):
                _number(f"{key}_first", "From day", first, slot, k, most=31)
                _number(f"{key}_last", "To day", last, slot, k, most=31)
            case Daytime(first, last):
                for name, minute in (("first", first), ("last", last)):
                    st.session_state[f"{key}_{name}"] = clock(minute)
                    st.text_input(
                        {"first": "From (09:30)", "last": "To (15:00)"}[name], key=f"{key}_{name}", width=110,
                        max_chars=5, on_change=_edited, args=(slot, k),
                    )  # fmt: skip
        _number(
            f"{key}_within",
            "Within",
            row.within,
            slot,
            k,
            help_="In how many bars it may have come true; 1 is this bar alone.",
        )
        st.session_state[f"{key}_not"] = row.negate
        st.checkbox("Not", key=f"{key}_not", on_change=_edited, args=(slot, k))
        st.button(
            "", icon=":material/close:", type="tertiary", key=f"{key}_drop", help="Remove this condition",
            on_click=_dropped, args=(slot, k),
        )  # fmt: skip


def _operand(key: str, label: str, value: Value, slot: str, k: int) -> None:
    """A value: a price, a number, a level, or an indicator with its parameters."""
    names = [*(f"price:{one}" for one in FIELDS), "number", *(f"level:{one}" for one in _LEVELS)]
    told = {f"price:{one}": one.capitalize() for one in FIELDS} | {"number": "A number"}
    told |= {f"level:{one}": words for one, words in _LEVELS.items()}
    for one in catalogue():
        names.append(f"study:{one.name}")
        told[f"study:{one.name}"] = one.label
    _select(key, label, names, operand_of(value), 172, _edited, slot, k, told)
    match value:
        case Number(number):
            st.session_state[f"{key}_number"] = float(number)
            st.number_input(
                "Number", step=1.0, key=f"{key}_number", width=130, format="%g", on_change=_edited, args=(slot, k)
            )
        case Level(_, bars, span):
            if value.of_span:
                _select(f"{key}_span", "Period", list(SPANS), span, 110, _edited, slot, k)
            else:
                _number(f"{key}_bars", "Bars", bars, slot, k)
        case Study():
            _study(key, value, slot, k)
        case _:
            pass


def _study(key: str, value: Study, slot: str, k: int) -> None:
    found, values = value.indicator, value.values
    if len(found.columns) > 1:
        told = {one.name: one.label for one in found.columns}
        chosen = value.column or found.column_names[0]
        _select(f"{key}_{found.name}_column", "Line", list(told), chosen, 130, _edited, slot, k, told)
    for one in found.params[:4]:
        place = f"{key}_{found.name}_{one.name}"
        if one.kind == "choice":
            _select(place, one.label, list(one.choices), values[one.name], 130, _edited, slot, k)
        elif one.kind in ("int", "float"):
            whole = one.kind == "int"
            st.session_state[place] = int(values[one.name]) if whole else float(values[one.name])  # type: ignore[arg-type]
            low, high = max(one.low, -1e9), min(one.high, 1e9)
            st.number_input(
                one.label, int(low) if whole else float(low), int(high) if whole else float(high),
                step=1 if whole else 0.1, key=place, width=96, on_change=_edited, args=(slot, k),
            )  # fmt: skip


def _select(
    key: str, label: str, options: list[str], value: Any, width: int, changed: Any, slot: str, k: int,
    told: dict[str, str] | None = None,
) -> None:  # fmt: skip
    st.session_state[key] = value
    words = told or {}
    st.selectbox(
        label, options, key=key, width=width, format_func=lambda one: words.get(one, str(one).capitalize()),
        on_change=changed, args=(slot, k),
    )  # fmt: skip


def _number(key: str, label: str, value: int, slot: str, k: int, *, most: int = 1000, help_: str | None = None) -> None:
    st.session_state[key] = int(value)
    st.number_input(label, 1, most, step=1, key=key, width=92, help=help_, on_change=_edited, args=(slot, k))


def _several(key: str, label: str, options: tuple[str, ...], chosen: tuple[str, ...], slot: str, k: int) -> None:
    st.session_state[key] = list(chosen)
    st.pills(
        label, options, selection_mode="multi", format_func=str.capitalize, key=key, on_change=_edited, args=(slot, k)
    )


def _as_text(plan: RulePlan) -> None:
    """The whole plan as JSON: what rows cannot show, and what can be sent to somebody."""
    with st.container(gap="small"):
        st.session_state["bt_rules_text"] = json.dumps(document(plan), indent=1, ensure_ascii=False)
        st.text_area(
            "The rules as text (JSON)", key="bt_rules_text", height=220, on_change=_written,
            help="Conditions nest here without limit: all, any, not, within, for. What is wrong is named by its place.",
        )  # fmt: skip


# -- changes -------------------------------------------------------------------------------------------------------


def _plan() -> RulePlan:
    recipe = address.current().recipe
    assert recipe.plan is not None
    return tuned(recipe.plan, dict(recipe.params))


def _use(plan: RulePlan) -> None:
    address.change_recipe(strategy=RULES, plan=plan, params=())


def _try(change: Any) -> None:
    """Take a change over, or say why not."""
    try:
        _use(change())
    except BacktestError as error:
        st.session_state[_SAID] = str(error)


def _named() -> None:
    _try(lambda: _plan().renamed(st.session_state["bt_rules_name"]))


def _written() -> None:
    _try(lambda: loads(st.session_state["bt_rules_text"]))


def _block(slot: str) -> Block:
    return block_of(getattr(_plan(), slot)) or Block(())


def _joined(slot: str) -> None:
    _try(lambda: with_block(_plan(), slot, replace(_block(slot), join=st.session_state[f"bt_rule_{slot}_join"])))


def _added(slot: str) -> None:
    block = _block(slot)
    _try(lambda: with_block(_plan(), slot, replace(block, rows=(*block.rows, Row(KINDS["Compare"])))))


def _dropped(slot: str, k: int) -> None:
    block = _block(slot)
    rows = tuple(one for place, one in enumerate(block.rows) if place != k)
    _try(lambda: with_block(_plan(), slot, replace(block, rows=rows)))


def _rekinded(slot: str, k: int) -> None:
    _replace(slot, k, lambda row: Row(KINDS[st.session_state[f"bt_rule_{slot}_{k}_kind"]], row.negate, row.within))


def _edited(slot: str, k: int) -> None:
    _replace(slot, k, lambda row: _read(f"bt_rule_{slot}_{k}", row))


def _replace(slot: str, k: int, make: Any) -> None:
    block = _block(slot)

    def change() -> RulePlan:
        rows = tuple(make(one) if place == k else one for place, one in enumerate(block.rows))
        return with_block(_plan(), slot, replace(block, rows=rows))

    _try(change)


def _read(key: str, row: Row) -> Row:
    """The row as its fields stand now."""
    state = st.session_state
    base: Base
    match row.base:
        case Compare(left, _, right):
            base = Compare(_value(f"{key}_left", left), state[f"{key}_how"], _value(f"{key}_right", right))
        case Trend(value, _, _):
            base = Trend(_value(f"{key}_value", value), state[f"{key}_way"], state[f"{key}_bars"])
        case Candle():
            base = Candle(state[f"{key}_pattern"], state[f"{key}_says"])
        case Weekday():
            base = Weekday(tuple(one for one in WEEKDAYS if one in state[f"{key}_days"]))
        case Month():
            base = Month(tuple(one for one in MONTHS if one in state[f"{key}_months"]))
        case MonthDays():
            base = MonthDays(state[f"{key}_first"], state[f"{key}_last"])
        case Daytime():
            base = Daytime(*(minute_of(state[f"{key}_{name}"].strip(), "time") for name in ("first", "last")))
        case _:
            raise BadRule("condition", type(row.base).__name__, "it cannot be shown as a row")
    return Row(base, bool(state[f"{key}_not"]), int(state[f"{key}_within"] or 1))


def _value(key: str, before: Value) -> Value:
    """The value as its fields stand; another kind of value begins with its defaults."""
    state = st.session_state
    name = state[key]
    if name != operand_of(before):
        made = new_operand(name)
        if isinstance(made, Number) and isinstance(before, Study) and before.indicator.levels:
            return Number(float(before.indicator.levels[0]))
        return made
    match before:
        case Number(number):
            given = state[f"{key}_number"]
            return Number(number if given is None else float(given))
        case Level(kind, bars, span):
            return Level(kind, state.get(f"{key}_bars", bars), state.get(f"{key}_span", span))
        case Study():
            found = find(before.name)
            values = before.values
            for one in found.params:
                given = state.get(f"{key}_{found.name}_{one.name}")
                if given is not None:
                    values[one.name] = given
            column = state.get(f"{key}_{found.name}_column", before.column)
            return Study(found.name, column, tuple(values.items()), before.ago)
        case Price():
            return before
        case _:
            return before
