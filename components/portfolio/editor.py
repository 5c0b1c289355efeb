"""The drawer of one transaction: enter it, change it, remove and restore it, and read what was done to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.market import market
from components.portfolio.answers import answered, done
from components.portfolio.kinds import FIELDS, HELP, LABELS, WORDS
from components.portfolio.reader import Reader
from components.states import plain
from core import formats
from core.clock import now
from core.market.errors import AmbiguousSymbol, InputError, MarketError, UnknownSymbol
from core.portfolio import book
from core.portfolio.errors import BadTransaction
from core.portfolio.model import NOTHING, OWN, Kind, Transaction

_NUMBERS = ("quantity", "price", "amount", "fees", "taxes", "rate", "ratio_new", "ratio_old", "cost_share")
_HALVES = frozenset({"quantity", "price", "fees", "taxes", "ratio_new", "ratio_old", "amount", "cost_share"})
_CURRENCIES = ("INR", "USD", "EUR", "GBP", "AED", "SGD", "JPY", "AUD", "CAD", "CHF", "HKD")


def add(reader: Reader, kind: Kind = Kind.BUY) -> None:
    """Open the drawer on a new row."""
    _new(reader, kind)


def show(reader: Reader, row: Transaction, *, removed: bool = False) -> None:
    """Open the drawer on a row."""
    _existing(reader, row.id or 0, removed)


@st.dialog("Add a transaction", position="right", width="medium", icon=":material/add:")
def _new(reader: Reader, kind: Kind) -> None:
    if not reader.open_accounts:
        _first_account(reader)
        return
    home = _home(reader)
    today = now().astimezone(ZoneInfo(reader.mine.zone)).date()
    _form(reader, Transaction(None, home, kind, today), "new")


@st.dialog("Transaction", position="right", width="medium", icon=":material/receipt_long:")
def _existing(reader: Reader, number: int, removed: bool) -> None:
    with answered():
        row = book.transaction(reader.mine.account, number)
        if reader.amounts.private:
            st.info("Amounts are hidden. Show them to change a transaction.", icon=":material/visibility_off:")
            return
        if removed:
            st.warning("This row was removed and counts no more.", icon=":material/delete:")
            if st.button("Restore it", type="primary", icon=":material/restore_from_trash:", key="tx_restore"):
                book.restore(reader.mine.account, number, row.version)
                done("The transaction counts again.")
        else:
            _form(reader, row, f"{number}_{row.version}")
            _remove(reader, row)
        _history(reader, number)


def _home(reader: Reader) -> int:
    """The account a new row is offered for: the one in scope, else the first that is open."""
    chosen = [each.id for each in reader.open_accounts if each.id in reader.scope.accounts]
    return chosen[0] if chosen else reader.open_accounts[0].id


def _first_account(reader: Reader) -> None:
    st.caption("A transaction belongs to an account with a broker or a bank. Open the first one.")
    with st.form("tx_account"):
        name = st.text_input("Name", placeholder="Zerodha", max_chars=80)
        currency = st.selectbox("Currency", _CURRENCIES, _place(_CURRENCIES, reader.amounts.base))
        if st.form_submit_button("Open the account", type="primary"):
            with answered():
                book.open_account(reader.mine.account, name, "broker", currency)
                st.rerun(scope="fragment")


def _place(options: tuple[str, ...], wanted: str) -> int:
    return options.index(wanted) if wanted in options else 0


@dataclass(slots=True)
class _Typed:
    """What the form holds when it is sent; `places` are where a refusal of a field is written."""

    values: dict[str, Any]
    places: dict[str, DeltaGenerator]


def _form(reader: Reader, row: Transaction, key: str) -> None:
    """The fields of its kind. The kind stands above the form: choosing another one draws other fields."""
    kinds = list(Kind)
    kind = st.selectbox(
        LABELS["kind"], kinds, kinds.index(row.kind), format_func=WORDS.__getitem__, key=f"tx_kind_{key}"
    )
    with st.form(f"tx_{key}", border=False):
        typed = _fields(reader, row, kind, key)
        sent = st.form_submit_button(
            "Add it" if row.id is None else "Save", type="primary", icon=":material/save:", width="stretch"
        )
    if sent:
        with answered(fields=typed.places):
            wanted = _read(reader, row, kind, typed.values)
            if row.id is None:
                book.add(reader.mine.account, wanted)
                done(f"{WORDS[kind]}{_of(wanted)} of {formats.day(wanted.on)} is booked.")
            else:
                book.change(reader.mine.account, wanted)
                done(f"{WORDS[kind]}{_of(wanted)} of {formats.day(wanted.on)} is changed.")


def _of(row: Transaction) -> str:
    return f" {plain(row.symbol)}" if row.symbol else ""


def _fields(reader: Reader, row: Transaction, kind: Kind, key: str) -> _Typed:
    typed = _Typed({}, {})
    left, right = st.columns(2)
    names = {each.id: each.name for each in reader.accounts if not each.closed or each.id == row.account_id}
    with left:
        numbers = list(names)
        at = numbers.index(row.account_id) if row.account_id in numbers else 0
        _put(typed, "account_id", st.selectbox(
            LABELS["account_id"], numbers, at, format_func=lambda one: names.get(one, ""), key=f"tx_account_{key}"
        ))  # fmt: skip
    with right:
        _put(typed, "on", st.date_input(
            LABELS["on"], row.on, min_value=date(1900, 1, 1), format="DD/MM/YYYY", key=f"tx_on_{key}"
        ))  # fmt: skip
    half = 0
    for name in FIELDS[kind]:
        if name in _HALVES:
            left, right = st.columns(2) if half % 2 == 0 else (left, right)
            with (left, right)[half % 2]:
                _put(typed, name, _text(row, name, key))
            half += 1
        else:
            half = 0
            _put(typed, name, _wide(reader, row, name, key))
    with st.expander("Currency, note and tags", expanded=bool(row.rate or row.note or row.tags)):
        left, right = st.columns(2)
        offered = _CURRENCIES if not row.currency or row.currency in _CURRENCIES else (*_CURRENCIES, row.currency)
        with left:
            _put(typed, "currency", st.selectbox(
                LABELS["currency"], ("", *offered), ("", *offered).index(row.currency), key=f"tx_currency_{key}",
                format_func=lambda one: one or "Of the instrument",
            ))  # fmt: skip
        with right:
            _put(typed, "rate", _text(row, "rate", key))
        _put(typed, "note", st.text_input(LABELS["note"], row.note, max_chars=1000, key=f"tx_note_{key}"))
        tags = ", ".join(row.tags)
        _put(typed, "tags", st.text_input(LABELS["tags"], tags, help=HELP["tags"], key=f"tx_tags_{key}"))
    return typed


def _put(typed: _Typed, name: str, value: Any) -> None:
    typed.values[name] = value
    typed.places[name] = st.empty()


def _text(row: Transaction, name: str, key: str) -> str:
    value: Decimal | None = getattr(row, name)
    shown = "" if value is None or (name in {"fees", "taxes"} and not value) else f"{value:f}"
    return st.text_input(LABELS[name], shown, help=HELP.get(name), max_chars=40, key=f"tx_{name}_{key}") or ""


def _wide(reader: Reader, row: Transaction, name: str, key: str) -> Any:
    if name == "counter_account_id":
        names = {each.id: each.name for each in reader.accounts}
        options = [None, *names]
        return st.selectbox(
            LABELS[name],
            options,
            options.index(row.counter_account_id) if row.counter_account_id in options else 0,
            format_func=lambda one: "None: from or to outside" if one is None else names[one],
            help=HELP[name],
            key=f"tx_{name}_{key}",
        )
    known = _instruments(reader)
    current = getattr(row, name)
    options_ = list(known) if not current or current in known else [current, *known]
    return st.selectbox(
        LABELS[name],
        options_,
        options_.index(current) if current else None,
        format_func=lambda one: known.get(one, one),
        placeholder="Type a name or a symbol",
        accept_new_options=True,
        key=f"tx_{name}_{key}",
    )


def _instruments(reader: Reader) -> dict[str, str]:
    """Symbol -> words: what is or was held, own assets, then everything the desk knows."""
    account = reader.mine.account
    own = {each.symbol: f"{each.name} (your own asset)" for each in book.own_assets(account)}
    listed = {each.symbol: f"{each.symbol} · {each.name}" for each in market().instruments(owner=account.owner)}
    held = dict.fromkeys(each.symbol for each in book.ledger(account).positions if each.symbol)
    return {symbol: own.get(symbol) or listed.get(symbol, symbol) for symbol in held} | own | listed


def _read(reader: Reader, row: Transaction, kind: Kind, values: dict[str, Any]) -> Transaction:
    """The row as typed.

    Raises:
        BadTransaction: a field holds what cannot be read.
    """
    blank = {name: NOTHING if name in {"fees", "taxes"} else None for name in _NUMBERS}
    numbers = blank | {name: _decimal(name, values[name]) for name in _NUMBERS if name in values}
    for name in ("fees", "taxes"):
        numbers[name] = numbers[name] or NOTHING
    symbol, isin = _symbol(reader, "symbol", values.get("symbol"))
    other, _ = _symbol(reader, "other_symbol", values.get("other_symbol"))
    currency = values["currency"] or _currency(reader, symbol, values["account_id"])
    kept_isin = row.isin if symbol == row.symbol else isin
    return replace(
        row,
        kind=kind,
        account_id=values["account_id"],
        on=values["on"],
        at=row.at if values["on"] == row.on else None,
        symbol=symbol,
        other_symbol=other,
        isin=kept_isin,
        currency=currency,
        counter_account_id=values.get("counter_account_id"),
        note=values["note"] or "",
        tags=tuple(tag.strip() for tag in (values["tags"] or "").split(",") if tag.strip()),
        **numbers,
    )


def _decimal(name: str, text: str) -> Decimal | None:
    """A number as people type it: 1,23,456.50 or ₹ 500."""
    flat = "".join((text or "").split()).replace(",", "").replace("₹", "").replace("$", "").replace("−", "-")
    if not flat:
        return None
    try:
        return Decimal(flat)
    except InvalidOperation:
        raise BadTransaction(name, f"{text[:40]!r} is no number.", "Write digits, as in 1,250.50.") from None


def _symbol(reader: Reader, field: str, text: str | None) -> tuple[str, str]:
    """The canonical symbol and ISIN of what was chosen or typed.

    Raises:
        BadTransaction: nothing, or too much, is called that.
    """
    if not text or text.startswith(OWN):
        return text or "", ""
    try:
        found = market().resolve(text, owner=reader.mine.account.owner)
    except (UnknownSymbol, AmbiguousSymbol) as error:
        near = error.candidates if isinstance(error, AmbiguousSymbol) else error.near
        remedy = f"Did you mean {', '.join(near[:4])}?" if near else "Write its full symbol, as in TCS.NS."
        raise BadTransaction(field, f"{text[:40]!r} is not one instrument.", remedy) from error
    except InputError as error:
        raise BadTransaction(field, str(error)) from error
    return found.symbol, found.isin or ""


def _currency(reader: Reader, symbol: str, account_id: int) -> str:
    if symbol.startswith(OWN):
        return next((each.currency for each in book.own_assets(reader.mine.account) if each.symbol == symbol), "")
    if symbol:
        try:
            return market().resolve(symbol, owner=reader.mine.account.owner).currency
        except MarketError:
            return ""
    return next((each.currency for each in reader.accounts if each.id == account_id), "")


def _remove(reader: Reader, row: Transaction) -> None:
    with st.popover("Remove", icon=":material/delete:"):
        st.markdown("It counts no more from now on, and can be restored.")
        if st.button("Remove it", type="primary", key=f"tx_remove_{row.id}"):
            with answered():
                book.remove(reader.mine.account, row.id or 0, row.version)
                done("The transaction is removed. Under “Removed ones” it can be restored.")


def _history(reader: Reader, number: int) -> None:
    changes = book.history(reader.mine.account, number)
    with st.expander(f"History ({len(changes)})", icon=":material/history:"):
        for each in reversed(changes):
            st.markdown(f"**{each.action.capitalize()}** {_when(each.at, reader)}  \n{_difference(each)}")


def _when(at: datetime, reader: Reader) -> str:
    return formats.moment(at, reader.mine.zone, now=now())


def _difference(change: book.Change) -> str:
    if change.before is None or change.after is None:
        return ""
    told = []
    for name, label in LABELS.items():
        before, after = getattr(change.before, name), getattr(change.after, name)
        if before != after:
            told.append(f"{label}: {plain(_shown(before))} → {plain(_shown(after))}")
    return ":small[" + ", ".join(told) + "]" if told else ""


def _shown(value: object) -> str:
    match value:
        case None | "" | ():
            return "nothing"
        case Decimal():
            return f"{value:f}"
        case Kind():
            return WORDS[value]
        case date():
            return formats.day(value)
        case tuple():
            return ", ".join(str(each) for each in value)
        case _:
            return str(value)
