"""The figure that was asked for, told first where a tool tells more than that."""

from __future__ import annotations

from typing import Final

from core.assistant.grounding.concepts import mentions
from core.assistant.narrate.note import Note, View

# What a question may name, and the field that answers it; tools lead with their main figure by themselves.
_FIELDS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "get_price_action": (("beta", "beta"), ("volatility", "volatility"), ("drawdown", "max_drawdown")),
    "get_stock_info": (
        ("cap", "market_cap"),
        ("high52", "high_52w"),
        ("low52", "low_52w"),
        ("pe", "pe_ratio"),
        ("yield", "dividend_yield"),
        ("volume", "volume"),
        ("eps", "eps"),
    ),
    "get_financial_ratios": (
        ("roce", "roce"),
        ("roa", "roa"),
        ("operating", "operating_margin"),
        ("margin", "net_margin"),
        ("leverage", "debt_to_equity"),
        ("debt", "debt_to_equity"),
        ("current", "current_ratio"),
        ("quick", "quick_ratio"),
        ("cover", "interest_cover"),
    ),
    "get_valuation_metrics": (
        ("pb", "pb_ratio"),
        ("ps", "ps_ratio"),
        ("ev", "ev_ebitda"),
        ("peg", "peg_ratio"),
        ("book", "book_value"),
        ("cap", "market_cap"),
    ),
    "get_fundamentals": (
        ("eps", "eps"),
        ("cash", "free_cash_flow"),
        ("debt", "total_debt"),
        ("operating", "ebitda"),
        ("profit", "net_income"),
    ),
    "get_dividend_info": (("payout", "payout_ratio"),),
    "get_volume_analysis": (("vwap", "vwap"), ("poc", "point_of_control"), ("mfi", "mfi")),
    "get_company_profile": (("employees", "employees"),),
}


def lead(note: Note, view: View, question: str) -> None:
    """Tell the figure a question names before anything else; nothing when it names none."""
    named = {name for name, _, _ in mentions(question)}
    for concept, field in _FIELDS.get(view.result.tool, ()):
        value = view.value(field)
        if concept in named and value is not None:
            label = value.label.replace("{", "").replace("}", "")
            shown = (
                label if len(label) < 2 or label[1].isupper() or label[1] in "/&" else f"{label[0].lower()}{label[1:]}"
            )
            period = f" in {value.period}" if value.period.startswith(("FY", "Q")) else ""
            note.write(f"The {shown} of {{name}}{period} is {{v}}.", {"v": value}, view.name)
            return
