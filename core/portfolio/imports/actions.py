"""What brokers call what happened, in the languages they export in, as our kinds."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from core.portfolio.model import Kind

_WORDS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.BUY: (
        "buy b bought purchase purchased bot long achat kauf kaufen koop aankoop acquisto compra buyn deliverybuy",
        "market buy|limit buy|stop buy|you bought|buy to open|buy to cover|sip|sip purchase|ipo|ipo allotment|nfo|"
        "systematic investment|switch in|switchin|purchase sip|additional purchase|sip instalment|buy order",
    ),
    Kind.SELL: (
        "sell s sold sale sld short vente verkauf verkaufen verkoop vendita venta redemption redeem redeemed",
        "market sell|limit sell|stop sell|you sold|sell to close|sell short|switch out|switchout|venda|swp|buyback",
    ),
    Kind.DIVIDEND: (
        "dividend div dividends dividende dividendo dividenden cdiv idcw distribution coupon mdiv",
        "cash dividend|qualified dividend|non qualified div|ordinary dividend|special dividend|dividend received|"
        "interim dividend|final dividend|qual div|pr yr cash div|pr yr non qual div|special qual div|"
        "dividend ordinary|dividend dividend|long term cap gain|short term cap gain|lt cap gain|st cap gain|"
        "capital gain",
    ),
    Kind.INTEREST: (
        "interest int interet interets zinsen zins rente interesse interessi interes",
        "interest earned|bank interest|credit interest|interest income|interest on cash|lending interest|bond interest|"
        "savings interest|cash interest|interest received",
    ),
    Kind.FEE: (
        "fee fees frais gebuhr gebuhren kosten commission charge charges brokerage spese comision dfee gold",
        "service fee|adr fee|management fee|advisory fee|adr mgmt fee|misc cash entry|dp charges|amc charges",
    ),
    Kind.TAX: (
        "tax taxes impot steuer steuern belasting tassa impuesto tds withholding dtax",
        "nra withholding|nra tax adj|foreign tax paid|withholding tax|dividend tax|tax withheld|"
        "securities transaction tax",
    ),
    Kind.DEPOSIT: (
        "deposit deposits versement einzahlung storting deposito ingreso contribution credit payin cashin",
        "cash deposit|cash in|wire received|funds received|pay in|direct deposit|moneylink deposit|bank deposit|"
        "electronic funds transfer received|flatex deposit|wire funds received|funds added|top up",
    ),
    Kind.WITHDRAWAL: (
        "withdrawal withdraw withdrawals prelevement retrait auszahlung opname terugstorting prelievo retiro payout "
        "cashout",
        "cash withdrawal|cash out|wire sent|wire funds sent|pay out|electronic funds transfer paid|funds withdrawn|"
        "flatex withdrawal|processed flatex withdrawal",
    ),
    Kind.TRANSFER_IN: (
        "receive received transferin acati",
        "transfer in|security transfer in|shares in|deliver in|off market credit|transfer of securities in",
    ),
    Kind.TRANSFER_OUT: (
        "send sent transferout acato",
        "transfer out|security transfer out|shares out|deliver out|off market debit|transfer of securities out",
    ),
    Kind.SPLIT: ("split splits spl spr stocksplit subdivision", "stock split|reverse split|forward split|share split"),
    Kind.BONUS: ("bonus", "bonus issue|bonus shares|stock dividend|stock bonus"),
    Kind.RIGHTS: ("rights", "rights issue|rights entitlement"),
    Kind.SPIN_OFF: ("spinoff demerger", "spin off"),
    Kind.MERGER: ("merger amalgamation", "cash merger|stock merger"),
    Kind.RETURN_OF_CAPITAL: ("roc", "return of capital|capital reduction|capital repayment"),
    Kind.SYMBOL_CHANGE: ("symbolchange", "symbol change|name change|ticker change"),
    Kind.OPENING_BALANCE: ("openingbalance holding holdings position", "opening balance|opening position"),
    Kind.ADJUSTMENT: ("adjustment", "balance adjustment"),
}
REINVEST: Final = frozenset(
    {"drip", "dividend reinvestment", "reinvestment", "reinvest dividend shares", "dividend reinvest"}
)


def plain(text: str) -> str:
    """Words in lower case without accents and marks: "Non-Qualified Div" is "non qualified div"."""
    folded = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in folded if not unicodedata.combining(char)).lower()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


def _table() -> dict[str, Kind]:
    known: dict[str, Kind] = {}
    for kind, (singles, phrases) in _WORDS.items():
        for one in (kind.value.replace("_", " "), *singles.split(), *phrases.split("|")):
            known[one] = kind
            known[one.replace(" ", "")] = kind
    return known


_KNOWN: Final = _table()


def kind_of(text: str) -> Kind | None:
    """The kind a broker's word stands for; None for a word nobody knows."""
    words = plain(text)
    return _KNOWN.get(words) or _KNOWN.get(words.replace(" ", ""))


def side_of(text: str) -> Kind | None:
    """Buy or sell; None for anything else."""
    kind = kind_of(text)
    if kind in (Kind.BUY, Kind.SELL):
        return kind
    first = plain(text).split(" ")[0] if text else ""
    found = _KNOWN.get(first)
    return found if found in (Kind.BUY, Kind.SELL) else None
