"""Tables of brokers nobody knows: columns by their titles and their cells, or as a person says."""

from __future__ import annotations

import pytest

from core.portfolio.imports import generic, sheet
from core.portfolio.imports.errors import BadImport
from core.portfolio.imports.examined import Present, examine
from core.portfolio.imports.instruments import Resolver
from core.portfolio.imports.read import named, recognise
from tests.portfolio.imports.files import brief, examined

pytestmark = pytest.mark.usefixtures("clock")

_MIXED = """Statement for account 123
Period: 2024
Date,Trade Date,Side,Symbol,Company,Quantity,Per Share Cost,Settle Amount Net,Fee,Currency,Notes
,2024-01-15,Bought,AAPL,Apple Inc.,50,$172.50,"$8,625.99",$0.99,USD,opening
,01/16/2024,Buy,TSLA,Tesla Inc.,10,$190.00,"1,901.50",1.50,USD,
,2024-02-01,DIV,MSFT,Microsoft,,,$58.00,,USD,
,2024-03-05,Cash Deposit,,,,,"5,000.00",,USD,
,2024-03-10,DRIP,MSFT,Microsoft,0.5,$405.20,$202.60,,USD,
,2024-03-25,Stock Split,NVDA,NVIDIA,,,10:1,,USD,
,2024-04-05,Withdrawal,,,,,-2500.00,,USD,
,2024-04-10,Buy,Grandfather Clock,,1,"$4,200.00","$4,200.00",,USD,
,2024-04-11,,AMZN,Amazon,,$180,,,USD,no type
,not-a-date,Buy,AAPL,Apple,10,$175.00,,,USD,
,2024-04-14,Buy,AAPL,Apple,abc,$175.00,,,USD,
Total: $1.00,,,,,,,,,,
"""
_FRENCH = """Releve de compte
Date d'opération;Date de valeur;Opération;ISIN;Libellé;Quantité;Cours;Montant;Frais;Devise
15/01/2024;17/01/2024;Achat;US0378331005;Apple Inc.;25;172,50;4.312,50;0,99;EUR
20/02/2024;22/02/2024;Vente;US0378331005;Apple Inc.;10;185,75;1.857,50;1,25;EUR
01/03/2024;03/03/2024;Versement;;;;;5.000,00;;EUR
05/03/2024;07/03/2024;Prélèvement;;;;;-1.200,00;;EUR
20/03/2024;22/03/2024;Intérêt;;;;;8,75;;EUR
"""


def test_a_table_nobody_knows_is_read_by_its_titles() -> None:
    found = examined(_MIXED)
    assert found.format == "generic"
    assert [brief(row) for row in found.booked] == [
        "2024-01-15 buy AAPL 50 @172.5 fees 0.99 USD",
        "2024-01-16 buy TSLA 10 @190 fees 1.5 USD",
        "2024-02-01 dividend MSFT =58 USD",
        "2024-03-05 deposit - =5000 USD",
        "2024-03-10 dividend MSFT =202.6 USD",
        "2024-03-10 buy MSFT 0.5 @405.2 USD",
        "2024-03-25 split NVDA USD",
        "2024-04-05 withdrawal - =2500 USD",
        "2024-04-10 buy OWN:grandfather-clock 1 @4200 USD",
    ]
    reasons = found.reasons("rejected")
    assert reasons.keys() == {12, 13, 14}
    assert ("type" in reasons[12], "not a date" in reasons[13], "not a number" in reasons[14]) == (True, True, True)
    assert found.skipped == 1


def test_a_french_table_with_decimal_commas() -> None:
    assert [brief(row) for row in examined(_FRENCH).booked] == [
        "2024-01-15 buy AAPL 25 @172.5 fees 0.99 EUR",
        "2024-02-20 sell AAPL 10 @185.75 fees 1.25 EUR",
        "2024-03-01 deposit - =5000 EUR",
        "2024-03-05 withdrawal - =1200 EUR",
        "2024-03-20 interest - =8.75 EUR",
    ]


def test_the_sign_of_the_quantity_tells_the_side() -> None:
    table = "When,What,Units,At\n2024-01-02,TCS.NS,5,3500\n2024-02-02,TCS.NS,-2,3600\n"
    opened = sheet.load("x.csv", table.encode())
    guessed = generic.guess(opened, {"symbol": "What", "price": "At"})
    assert guessed is not None
    assert guessed.missing == ()
    chosen = named("generic")
    parsed = generic.parse(opened, {"symbol": "What", "price": "At"})
    rows, _ = examine(parsed, chosen, Resolver(), Present(), "INR")
    assert [brief(row.transaction) for row in rows if row.transaction] == [
        "2024-01-02 buy TCS.NS 5 @3500 INR",
        "2024-02-02 sell TCS.NS 2 @3600 INR",
    ]


def test_what_no_column_tells_is_asked_for() -> None:
    table = "Alpha,Beta,Gamma\nx,y,z\nx,y,z\n"
    with pytest.raises(BadImport, match="no column was recognised for the symbol"):
        recognise("x.csv", table.encode())
    guessed = generic.guess(sheet.load("x.csv", table.encode()))
    assert guessed is not None
    assert "the symbol, ISIN or name" in guessed.missing


def test_columns_are_known_by_what_stands_in_them() -> None:
    table = "A,B,C,Quantity,Price\n2024-01-02,Buy,INE002A01018,5,2900\n2024-01-03,Sell,INE467B01029,1,3900\n"
    assert [brief(row) for row in examined(table).booked] == [
        "2024-01-02 buy RELIANCE.NS 5 @2900 INR",
        "2024-01-03 sell TCS.NS 1 @3900 INR",
    ]


def test_a_mapping_is_known_again_by_the_titles() -> None:
    assert generic.signature(["Trade Date", "Qty."]) == generic.signature(["trade_date", "QTY"])
    assert generic.signature(["Trade Date", "Qty."]) != generic.signature(["Qty.", "Trade Date"])


def test_pence_become_pounds() -> None:
    table = "Date,Type,Symbol,Quantity,Price,Currency\n2024-01-02,buy,ULVR.L,10,4200,GBX\n"
    assert [brief(row) for row in examined(table).booked] == ["2024-01-02 buy ULVR.L 10 @42 GBP"]


def test_an_exchange_rate_of_unknown_direction_is_left_out() -> None:
    table = "date,type,symbol,quantity,price,currency,fxRate\n2024-06-01,BUY,TD.TO,10,85,CAD,1.36\n"
    assert examined(table).booked[0].rate is None


def test_json_lines_are_a_table() -> None:
    lines = '{"date": "2024-01-02", "type": "buy", "symbol": "TCS.NS", "quantity": 5, "price": 3500.5}\n' * 2
    found = examined(lines, name="x.json")
    assert [brief(row) for row in found.booked] == ["2024-01-02 buy TCS.NS 5 @3500.5 INR"] * 2
    assert len({row.external_id for row in found.booked}) == 2
