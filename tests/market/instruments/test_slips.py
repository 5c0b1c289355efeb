"""A slip of the finger never leads silently to another company; garbage never leads to a traceback."""

from hypothesis import given, settings
from hypothesis import strategies as st

from core.market.errors import AmbiguousSymbol, InputError, UnknownSymbol
from core.market.instruments import catalogue, resolve, search
from core.market.instruments.symbols import spelled_out
from core.market.instruments.words import compact, tokens
from core.market.model import Instrument

LONG = [i for i in catalogue() if len(compact(tokens(i.name))) >= 8]
EXACT = {compact(tokens(name)): i.symbol for i in catalogue() for name in (i.name, i.short_name, *i.aliases)}


@st.composite
def slips(draw: st.DrawFn) -> tuple[Instrument, str]:
    """A company and its name with two neighbours swapped, a letter lost, doubled or replaced."""
    instrument = draw(st.sampled_from(LONG))
    name = instrument.name.lower()
    letters = [i for i, c in enumerate(name) if c.isalpha()]
    at = draw(st.sampled_from(letters))
    kind = draw(st.sampled_from(["swap", "drop", "double", "replace"]))
    if kind == "swap" and at + 1 < len(name) and name[at + 1].isalpha():
        return instrument, name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if kind == "double":
        return instrument, name[:at] + name[at] + name[at:]
    if kind == "replace":
        return instrument, name[:at] + draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz")) + name[at + 1 :]
    return instrument, name[:at] + name[at + 1 :]


@settings(max_examples=250, deadline=None)
@given(slips())
def test_one_slip_in_a_long_name_resolves_or_asks(slip: tuple[Instrument, str]) -> None:
    instrument, typed = slip
    try:
        found = resolve(typed).symbol
    except AmbiguousSymbol as asked:
        answers = asked.candidates
    except UnknownSymbol as unknown:
        answers = unknown.near
    else:
        # The slip may happen to spell another name exactly; anything else must be the one meant.
        answers = (found, EXACT.get(compact(tokens(typed)), found))
        assert found == instrument.symbol or EXACT.get(compact(tokens(typed))) == found
    assert instrument.symbol in answers or compact(tokens(typed)) in EXACT


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_an_instrument_or_an_input_error(text: str) -> None:
    try:
        assert resolve(text).symbol
    except InputError as refused:
        assert str(refused)  # noqa: PT017
    assert len(search(text)) <= 8


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="NSEBO:$^.-=&XFU AIR01'\"%_\\;,!?ns", max_size=24))
def test_texts_like_symbols_give_an_instrument_or_an_input_error(text: str) -> None:
    try:
        found = resolve(text)
    except InputError as refused:
        assert str(refused)  # noqa: PT017
    else:
        assert found.symbol == found.symbol.upper()
        if spelled_out(found.symbol):
            assert resolve(found.symbol).symbol == found.symbol
    assert isinstance(search(text), tuple)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(catalogue())), st.sampled_from([str.lower, str.upper, str.title, str.swapcase]))
def test_case_and_spaces_do_not_matter(instrument: Instrument, change: object) -> None:
    assert callable(change)
    assert resolve(f"  {change(instrument.symbol)} ").symbol == instrument.symbol
