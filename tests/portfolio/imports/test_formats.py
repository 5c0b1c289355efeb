"""Every format: recognised by what is in it, each row booked as its broker meant it or refused with a reason."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from core.portfolio.imports import read
from core.portfolio.imports.formats import FORMATS
from core.portfolio.model import Kind
from tests.portfolio.imports.files import FILES, IBKR_FLEX, SCHWAB, ZERODHA, ZERODHA_CONSOLE, brief, examined, workbook

BOOKED = {
    "zerodha_tradebook": [
        "2023-04-05 buy INFY.NS 10 @1400.5 INR",
        "2023-04-05 buy INFY.NS 5 @1400.5 INR",
        "2023-04-05 buy INFY.NS 5 @1400.55 INR",
        "2023-06-05 sell SUZLON.NS 40 @12.5 INR",
    ],
    "zerodha_holdings": [
        "2026-11-18 opening_balance INFY.NS 1050 @1420.5 INR",
        "2026-11-18 opening_balance NIFTYBEES.NS 100 @250 INR",
    ],
    "groww_orders": ["2025-01-08 buy TCS.NS 3 =10500 INR", "2025-01-23 sell SUZLON.NS 10 =550 INR"],
    "groww_holdings": ["2025-03-31 opening_balance RELIANCE.NS 25 @2450.5 INR"],
    "upstox_tradebook": ["2024-06-13 buy RELIANCE.NS 10 @2900 INR"],
    "upstox_realised": ["2024-01-05 buy TCS.NS 3 @3600 INR", "2024-02-20 sell TCS.NS 3 @3900.5 INR"],
    "dhan_trades": ["2024-07-15 buy RELIANCE.NS 5 @2450 INR"],
    "angel_one_trades": ["2024-07-15 buy RELIANCE.NS 5 @2450 INR", "2024-08-03 sell YESBANK.NS 100 @24.5 INR"],
    "icici_direct_trades": [
        "2024-01-12 buy RELIANCE.NS 10 @2400 fees 67.2 taxes 3.6 INR",
        "2024-02-15 sell INFY.NS 5 @1500 fees 21 INR",
    ],
    "ibkr_activity": [
        "2023-04-03 buy AAPL 17 @165.3 fees 1 USD",
        "2023-04-04 sell ASML.AS 1000 @600.5 fees 3 EUR",
        "2023-04-03 withdrawal - =3000 EUR",
        "2023-04-03 deposit - =3262.5 USD",
        "2023-04-03 fee - =1.84 EUR",
        "2023-05-18 dividend AAPL =4.08 USD",
        "2023-05-18 tax AAPL =0.61 USD",
        "2023-03-31 deposit - =5000 EUR",
        "2023-06-06 split NVDA USD",
    ],
    "ibkr_flex": [
        "2023-04-03 buy AAPL 17 @165.3 fees 1 USD",
        "2023-05-18 dividend AAPL =4.08 USD",
        "2023-05-19 adjustment - =0.61 USD",
        "2023-06-01 withdrawal - =200 EUR",
        "2023-01-03 spin_off GE 10 USD",
    ],
    "schwab": [
        "2025-05-06 sell VXUS 8 @61.37 =490.96 fees 0.06 USD",
        "2025-02-03 dividend VTI =8.52 USD",
        "2025-01-05 withdrawal - =500 USD",
    ],
    "fidelity": [
        "2024-03-15 buy VTI 10 @255.5 =2555 USD",
        "2024-03-18 sell AAPL 5 @175.2 =876 fees 0.02 USD",
        "2024-03-20 dividend MSFT =7.5 USD",
    ],
    "robinhood": [
        "2024-01-05 buy AAPL 10 @181.5 =1815 USD",
        "2024-02-15 dividend AAPL =2.4 USD",
        "2024-02-16 deposit - =500 USD",
        "2024-03-18 sell BRK-B 0.5 @400 =200 USD",
    ],
    "trading212": [
        "2023-04-03 deposit - =1000 EUR",
        "2023-04-03 buy AAPL 2 @165 fees 0.44 USD",
        "2023-05-03 sell ULVR.L 10 @42 GBP",
        "2023-05-18 dividend AAPL =0.37 EUR",
    ],
    "degiro_transactions": [
        "2023-04-03 buy AAPL 2 @165 =330 fees 1.1 USD",
        "2023-04-04 sell OWN:ie00bk5bqt80 12 @101.56 =1218.72 fees 1 EUR",
    ],
    "degiro_account": [
        "2023-05-18 dividend AAPL =0.48 USD",
        "2023-05-18 tax AAPL =0.07 USD",
        "2023-03-31 deposit - =1000 EUR",
    ],
    "coinbase": [
        "2024-01-05 buy BTC-USD 0.01 @44000 =440 fees 5 USD",
        "2024-02-05 sell ETH-USD 0.5 =1150 USD",
        "2024-02-05 buy BTC-USD 0.026 =1145 fees 5 USD",
        "2024-02-06 interest ETH-USD =2.3 USD",
        "2024-02-06 buy ETH-USD 0.001 =2.3 USD",
        "2024-02-07 transfer_out BTC-USD 0.005 @43000 USD",
    ],
    "ghostfolio": [
        "2021-09-01 fee - =49 USD",
        "2021-09-16 buy MSFT 5 @298.58 fees 19 USD",
        "2021-11-17 dividend MSFT =3.1 USD",
        "2022-01-01 buy OWN:beach-house 1 @500000 USD",
        "2022-06-06 buy BTC-USD 0.1 @31000 USD",
    ],
    "generic": ["2024-02-01 buy RELIANCE.NS 10 @2900.5 fees 12 INR", "2024-02-15 sell TCS.NS 5 @3900 fees 1 INR"],
}
REFUSED = {
    "zerodha_tradebook": {6: "derivative"},
    "groww_orders": {9: "not executed"},
    "upstox_tradebook": {3: "derivative"},
    "dhan_trades": {3: "derivative", 4: "not executed"},
    "angel_one_trades": {6: "derivative", 8: "other column"},
    "ibkr_activity": {9: "options"},
    "ibkr_flex": {2: "options"},
    "schwab": {6: "derivative"},
    "fidelity": {9: "sweeps", 10: "derivative"},
    "robinhood": {6: "derivative"},
    "degiro_account": {4: "transactions"},
    "ghostfolio": {7: "future"},
}


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.usefixtures("clock")
def test_a_file_is_recognised_and_each_row_is_booked_or_refused(name: str) -> None:
    found = examined(FILES[name])
    assert found.format == name
    assert [brief(row) for row in found.booked] == BOOKED[name]
    reasons = found.reasons("rejected")
    assert reasons.keys() == REFUSED.get(name, {}).keys()
    for line, words in REFUSED.get(name, {}).items():
        assert words in reasons[line]
    assert all(row.source == name and row.external_id for row in found.booked)


def test_every_format_but_holdings_twins_has_a_file_here() -> None:
    twins = {"kubera", "groww_funds", "dhan_holdings", "angel_one_holdings", "icici_direct_holdings"}
    assert {each.name for each in FORMATS} == FILES.keys() | twins


@pytest.mark.parametrize("name", sorted(set(FILES) - {"ibkr_flex", "ibkr_activity", "robinhood"}))
@pytest.mark.usefixtures("clock")
def test_separators_encodings_and_marks_change_nothing(name: str) -> None:
    """As spreadsheets save it again: UTF-16 with a mark, tabs, blank lines."""
    import csv
    import io

    separator = ";" if name == "generic" else ","
    rows = list(csv.reader(io.StringIO(FILES[name]), delimiter=separator))
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\r\n").writerows(rows)
    saved = examined(b"\xff\xfe" + out.getvalue().replace("\r\n", "\r\n\r\n").encode("utf-16-le"))
    assert saved.format == name
    assert [brief(row) for row in saved.booked] == BOOKED[name]


@pytest.mark.parametrize("name", ["zerodha_tradebook", "groww_orders", "upstox_tradebook", "schwab", "trading212"])
@pytest.mark.usefixtures("clock")
def test_a_workbook_says_the_same_as_the_text(name: str) -> None:
    text, book = examined(FILES[name]), examined(workbook(FILES[name]), name="x.xlsx")
    assert book.format == name
    assert [brief(row) for row in book.booked] == BOOKED[name]
    if name == "zerodha_tradebook":
        assert [row.external_id for row in book.booked] == [row.external_id for row in text.booked]


@pytest.mark.usefixtures("clock")
def test_a_console_workbook_with_a_preamble_and_funds() -> None:
    found = examined(workbook(ZERODHA_CONSOLE), name="tradebook.xlsx")
    assert [brief(row) for row in found.booked] == [
        "2023-04-05 buy INFY.NS 10 @1400.5 INR",
        "2023-06-06 buy OWN:inf179k01ut0 12.345 @1200.1 INR",
    ]
    assert "no price" in found.reasons("attention")[7]
    assert (found.unresolved[0].name, found.unresolved[0].fund) == ("Parag Flexi", True)


@pytest.mark.usefixtures("clock")
def test_times_become_moments_at_the_exchange() -> None:
    zerodha = examined(ZERODHA).booked[0]
    assert zerodha.at is not None
    assert zerodha.at.isoformat() == "2023-04-05T04:45:00+00:00"
    flex = examined(IBKR_FLEX).booked[0]
    assert flex.at is not None
    assert (flex.on.isoformat(), flex.at.isoformat()) == ("2023-04-03", "2023-04-03T13:58:53+00:00")


@pytest.mark.usefixtures("clock")
def test_rates_are_of_the_trade_in_units_of_the_account() -> None:
    trading212 = {row.symbol: row for row in examined(FILES["trading212"], currency="EUR").booked}
    assert trading212["AAPL"].currency == "EUR"  # the dividend, whose rate is not told
    bought = next(row for row in examined(FILES["trading212"], currency="EUR").booked if row.kind is Kind.BUY)
    assert bought.rate == Decimal("0.9090909091")
    assert trading212["ULVR.L"].rate == Decimal("1.1904761905")  # 84 pence a euro
    degiro = examined(FILES["degiro_transactions"], currency="EUR").booked
    assert [row.rate for row in degiro] == [Decimal("0.9090909091"), None]


@pytest.mark.usefixtures("clock")
def test_flex_rates_count_where_the_base_currency_is_told() -> None:
    rated = IBKR_FLEX.replace('tradeID="555"', 'tradeID="555" fxRateToBase="0.92"')
    told = rated.replace("<Trades>", '<AccountInformation accountId="U1" currency="INR"/><Trades>', 1)
    assert examined(rated).booked[0].rate is None
    assert examined(told).booked[0].rate == Decimal("0.92")


@pytest.mark.usefixtures("clock")
def test_a_schwab_json_says_the_same_as_the_csv() -> None:
    rows = [
        {"Date": "05/06/2025", "Action": "Sell", "Symbol": "VXUS", "Description": "V", "Quantity": "8",
         "Price": "$61.37", "Fees & Comm": "$0.06", "Amount": "$490.90"},
    ]  # fmt: skip
    found = examined(json.dumps({"FromDate": "01/01/2025", "BrokerageTransactions": rows}), name="h.json")
    assert [brief(row) for row in found.booked] == [brief(examined(SCHWAB).booked[0])]


@pytest.mark.usefixtures("clock")
def test_a_ghostfolio_export_names_manual_assets_and_keeps_local_days() -> None:
    document = {
        "meta": {"date": "2023-02-05T00:00:00.000Z", "version": "2"},
        "assetProfiles": [{"symbol": "7e91b7d4", "name": "Beach House", "dataSource": "MANUAL"}],
        "activities": [
            {"id": "a1", "type": "BUY", "symbol": "7e91b7d4", "dataSource": "MANUAL", "currency": "USD", "fee": 0,
             "quantity": 1, "unitPrice": 500000, "date": "2022-01-01T00:00:00.000Z"},
            {"id": "a2", "type": "BUY", "symbol": "TCS.NS", "dataSource": "YAHOO", "currency": "INR", "fee": 2.5,
             "quantity": 3, "unitPrice": 3400.1, "date": "2022-01-04T18:30:00.000Z"},
            {"id": "a3", "type": "BUY", "symbol": "JSE.JO", "dataSource": "YAHOO", "currency": "ZAc", "fee": 0,
             "quantity": 5, "unitPrice": 10875.0, "date": "2024-06-28T00:00:00.000Z"},
            {"id": "a4", "type": "BUY", "symbol": "<b>", "dataSource": "YAHOO", "currency": "USD", "fee": 0,
             "quantity": 5, "unitPrice": 10, "date": "2024-06-28T00:00:00.000Z"},
            {"id": "a5", "type": "GIFT", "symbol": "AAPL", "dataSource": "YAHOO", "currency": "USD", "fee": 0,
             "quantity": 5, "unitPrice": 10, "date": "2024-06-28T00:00:00.000Z"},
        ],
    }  # fmt: skip
    found = examined(json.dumps(document), name="g.json")
    assert [brief(row) for row in found.booked] == [
        "2022-01-01 buy OWN:beach-house 1 @500000 USD",
        "2022-01-05 buy TCS.NS 3 @3400.1 fees 2.5 INR",
        "2024-06-28 buy JSE.JO 5 @108.75 ZAR",
    ]
    assert [row.external_id for row in found.booked] == ["a1", "a2", "a3"]
    assert "no instrument is called" in found.reasons("attention")[4]
    assert "GIFT" in found.reasons("rejected")[5]


@pytest.mark.usefixtures("clock")
def test_a_dividend_that_was_taken_back_is_an_adjustment_a_person_sees() -> None:
    found = examined(IBKR_FLEX)
    row = next(row for row in found.rows if row.transaction and row.transaction.kind is Kind.ADJUSTMENT)
    assert row.state == "attention"
    assert row.complete
    assert "refunded" in row.reason


@pytest.mark.usefixtures("clock")
def test_a_spin_off_names_both_companies_and_its_ratio() -> None:
    row = next(row for row in examined(IBKR_FLEX).booked if row.kind is Kind.SPIN_OFF)
    assert (row.symbol, row.other_symbol, row.ratio_new, row.ratio_old) == ("GE", "GEHC", 1, 3)


@pytest.mark.usefixtures("clock")
def test_a_split_without_a_ratio_asks_for_a_person() -> None:
    row = next(row for row in examined(SCHWAB).rows if row.line == 7)
    assert (row.state, row.complete, row.transaction) == ("attention", False, None)
    assert "ratio" in row.reason


def test_a_named_format_must_be_the_file_s() -> None:
    found = read.recognise("x.csv", ZERODHA.encode())
    with pytest.raises(read.BadImport, match="no file of Coinbase"):
        read.parse(found.sheet, read.named("coinbase"))
    with pytest.raises(read.BadImport, match="no such format"):
        read.named("etrade")


def test_a_broker_s_name_means_whichever_of_its_formats_the_file_is() -> None:
    holdings = read.recognise("h.csv", FILES["zerodha_holdings"].encode()).sheet
    assert read.named("zerodha", holdings).name == "zerodha_holdings"
    assert read.named("Zerodha Console").name == "zerodha_tradebook"
    assert read.named("Angel-One").name == "angel_one_trades"
    assert read.named("interactive brokers").name == "ibkr_flex"
