"""How money, percentages, counts and times are written, once for pages, e-mails and the command line.

Rupees group by lakh and crore (12,34,567.89; 1.23 Cr), everything else by thousands, unless the reader prefers one way
for all (`number_style`). What is unknown is written "—", never 0.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from babel.numbers import format_currency, format_decimal, get_currency_symbol

UNKNOWN = "—"

_INDIAN_STEPS = ((1e12, "L Cr"), (1e7, "Cr"), (1e5, "L"))
_SHORT_STEPS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))

_TOO_LONG = 1e18  # beyond float64's whole cents and any market; written in powers of ten

# Names people use for zones whose IANA abbreviation is missing or is a bare offset.
_ZONE_NAMES = {"Asia/Kolkata": "IST", "UTC": "UTC", "Asia/Singapore": "SGT"}


NumberStyle = Literal["auto", "indian", "international"]
"""How a reader wants large numbers: each currency's own way, lakh and crore for all, or thousands and millions."""

NUMBER_STYLES: tuple[NumberStyle, ...] = ("auto", "indian", "international")


def _nobody_asked() -> NumberStyle | None:
    return None


_style: ContextVar[NumberStyle | None] = ContextVar("number_style", default=None)
_reader_prefers: Callable[[], NumberStyle | None] = _nobody_asked


def number_style() -> NumberStyle:
    """How large numbers are written here and now; "auto" when nobody said otherwise.

    What is written once and shown to several readers has to carry this in its key.
    """
    return _style.get() or _reader_prefers() or "auto"


def set_number_style(style: NumberStyle) -> None:
    """Write large numbers in this way from here on, in this thread (or task) alone."""
    _style.set(style)


@contextmanager
def written_as(style: NumberStyle) -> Iterator[None]:
    """Write large numbers in one reader's way for a while (a mail, a report)."""
    token = _style.set(style)
    try:
        yield
    finally:
        _style.reset(token)


def ask_reader(prefers: Callable[[], NumberStyle | None]) -> None:
    """Who knows the reader's preference in a thread where nobody has set one (a part of a page that runs alone)."""
    global _reader_prefers  # noqa: PLW0603 - one screen a process, by intent
    _reader_prefers = prefers


def _indian(currency: str) -> bool:
    style = number_style()
    return currency == "INR" if style == "auto" else style == "indian"


def locale_of(currency: str) -> str:
    """The number locale of a currency: Indian grouping for rupees, English for the rest, unless the reader said."""
    return "en_IN" if _indian(currency) else "en_US"


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def price_decimals(price: float) -> int:
    """Decimals a price is quoted with: 2 from 1 upwards, more for fractions so that a tick stays visible."""
    size = abs(price)
    if size >= 1 or size == 0:
        return 2
    return 4 if size >= 0.01 else 8


def number(value: float | None, decimals: int = 2, *, currency: str = "", signed: bool = False) -> str:
    """A plain number with grouping (``currency`` or the reader decides which); ``signed`` adds a plus."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= _TOO_LONG:
        return f"{value:.2e}"
    body = "0." + "0" * decimals if decimals else "0"
    locale = locale_of(currency)
    pattern = f"#,##,##{body}" if locale == "en_IN" else f"#,##{body}"
    text = str(format_decimal(abs(value), format=pattern, locale=locale))
    if all(c in "0.," for c in text):
        return text
    sign = "−" if value < 0 else "+" if signed else ""
    return sign + text


def money(value: float | None, currency: str, *, decimals: int | None = None) -> str:
    """An amount with its currency sign, e.g. ₹12,34,567.89 or $1,234,567.89.

    An unknown or missing currency code is written after the number.
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    digits = price_decimals(value) if decimals is None else decimals
    if abs(value) >= _TOO_LONG or not currency or get_currency_symbol(currency, locale="en_IN") == currency:
        return f"{number(value, digits)} {currency}".strip()
    grouping = "#,##,##" if locale_of(currency) == "en_IN" else "#,##"
    body = "0." + "0" * digits if digits else "0"
    text = format_currency(abs(value), currency, format=f"¤{grouping}{body}", locale="en_IN", currency_digits=False)
    return ("−" if value < 0 else "") + str(text)


def compact(value: float | None, currency: str = "", *, indian: bool | None = None) -> str:
    """A short amount: ₹1.23 Cr, ₹2.35 L for rupees (or ``indian``), $1.23M otherwise; the reader's own way wins."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    lakh = _indian("INR" if indian else currency if indian is None else "")
    sign = get_currency_symbol(currency, locale="en_IN") if currency else ""
    steps = _INDIAN_STEPS if lakh else _SHORT_STEPS
    minus = "−" if value < 0 else ""
    size = abs(value)
    for step, word in steps:
        # 0.999 of a step would be rounded up into it (99,999.9 is written 1.00 L).
        if size >= step * 0.99995:
            gap = " " if lakh else ""
            shown = size / step
            return f"{minus}{sign}{shown:,.2f}{gap}{word}" if shown < _TOO_LONG else f"{minus}{sign}{size:.2e}"
    return f"{minus}{sign}{size:,.0f}" if size >= 1000 or size == int(size) else f"{minus}{sign}{size:,.2f}"


def percent(fraction: float | None, decimals: int = 2, *, signed: bool = False) -> str:
    """A fraction as a percentage: 0.0123 is 1.23 %, written without the space (1.23%)."""
    if fraction is None or not math.isfinite(fraction):
        return UNKNOWN
    return number(100 * fraction, decimals, signed=signed) + "%"


def arrow(change: float | None) -> str:
    """▲ for a rise, ▼ for a fall, ■ for no change; so that colour is never the only sign."""
    if change is None or not math.isfinite(change):
        return ""
    return "▲" if change > 0 else "▼" if change < 0 else "■"


def change(fraction: float | None, decimals: int = 2) -> str:
    """A signed percentage behind its arrow: ▲ +1.23%."""
    if not _known(fraction):
        return UNKNOWN
    return f"{arrow(fraction)} {percent(fraction, decimals, signed=True)}"


def zone_name(moment: datetime, timezone: str) -> str:
    """The abbreviation investors use for a zone at a moment (IST, EST, UTC)."""
    if timezone in _ZONE_NAMES:
        return _ZONE_NAMES[timezone]
    return moment.astimezone(ZoneInfo(timezone)).tzname() or timezone


def clock_time(moment: datetime, timezone: str) -> str:
    """Time of day at the exchange: 15:30 IST."""
    local = moment.astimezone(ZoneInfo(timezone))
    return f"{local:%H:%M} {zone_name(moment, timezone)}"


def day(when: date | datetime | None, timezone: str = "UTC") -> str:
    """A date: 20 Nov 2026. A datetime is turned into the exchange's day first."""
    if when is None:
        return UNKNOWN
    local = when.astimezone(ZoneInfo(timezone)) if isinstance(when, datetime) else when
    return f"{local.day} {local:%b %Y}"


def moment(when: datetime, timezone: str, *, now: datetime | None = None) -> str:
    """A time as short as it can be understood: 15:30 IST today, 19 Nov, 15:30 IST this year, else with the year."""
    local = when.astimezone(ZoneInfo(timezone))
    today = (now or datetime.now(UTC)).astimezone(ZoneInfo(timezone))
    if local.date() == today.date():
        return clock_time(when, timezone)
    shown = f"{local.day} {local:%b}" if local.year == today.year else day(when, timezone)
    return f"{shown}, {clock_time(when, timezone)}"


def age(span: timedelta) -> str:
    """How old something is: just now, 4 min, 3 h, 2 d."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 86_400:
        return f"{seconds // 3600} h"
    return f"{seconds // 86_400} d"
