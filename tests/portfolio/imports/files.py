"""Small files as brokers write them, made by hand, and what becomes of them without a database."""

from __future__ import annotations

import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import openpyxl

from core import clock
from core.accounts import people
from core.accounts.model import Account
from core.portfolio.imports import read
from core.portfolio.imports.examined import Present, PreviewRow, Unresolved, examine
from core.portfolio.imports.instruments import Resolver
from core.portfolio.model import Transaction
from db.repositories.accounts_people import NewPerson, PeopleRepository
from db.session import unit_of_work

ZERODHA = """symbol,isin,trade_date,exchange,segment,series,trade_type,auction,quantity,price,trade_id,order_id,order_execution_time
INFY,INE009A01021,2023-04-05,NSE,EQ,EQ,buy,false,10.000000,1400.500000,70000001,1100000001,2023-04-05T10:15:00
INFY,INE009A01021,2023-04-05,NSE,EQ,EQ,buy,false,5.000000,1400.500000,70000002,1100000001,2023-04-05T10:15:00
INFY,INE009A01021,2023-04-05,NSE,EQ,EQ,buy,false,5.000000,1400.550000,70000003,1100000001,2023-04-05T10:15:01
SUZLON,INE040H01021,2023-06-05,BSE,EQ,B,sell,false,40.000000,12.500000,70000001,1100000009,2023-06-05T14:00:00
BANKNIFTY23JUN44000CE,,2023-06-05,NSE,FO,,sell,false,25.000000,120.000000,500,1100000010,2023-06-05T14:00:00
"""  # noqa: E501
ZERODHA_CONSOLE = """,Client ID,AB1234
,,
,Tradebook for Equity from 2023-04-01 to 2024-03-31
,,
,Symbol,ISIN,Trade Date,Exchange,Segment,Series,Trade Type,Auction,Quantity,Price,Trade ID,Order ID,Order Execution Time
,INFY,INE009A01021,2023-04-05,NSE,EQ,EQ,buy,false,10,1400.5,70000001,1100000001,2023-04-05T10:15:00
,Parag Flexi,INF179K01UT0,2023-06-06,BSE,MF,,buy,false,12.345,1200.10,M1,O1,2023-06-06T00:00:00
"""
KITE_HOLDINGS = """Instrument,Qty.,Avg. cost,LTP,Cur. val,P&L,Net chg.,Day chg.
INFY-EQ,"1,050","₹1,420.50",1610.00,"16,90,500.00","(1,200)",-4%,+2%
NIFTYBEES,100,250,262.5,26250,1250,5,0.2
Total,,,,"17,16,750",,,
"""
GROWW = """Name,Asha
Unique Client Code,123
PAN,XXXX
Order history for stocks,01-01-2025 to 31-03-2025

Stock name,Symbol,ISIN,Type,Quantity,Value,Exchange,Exchange Order Id,Execution date and time,Order status
TATA CONSULTANCY SERV LT,TCS,INE467B01029,BUY,3,"10,500.00",NSE,1100,08-01-2025 10:15 AM,Executed
SUZLON ENERGY,SUZLON,INE040H01021,SELL,10,₹550.00,BSE,1101,23-01-2025 02:15 PM,Executed
INFOSYS,INFY,INE009A01021,BUY,5,8000,NSE,1102,09-01-2025 11:00 AM,Cancelled
"""
GROWW_HOLDINGS = """Holdings statement for stocks as on 31-03-2025

Stock Name,ISIN,Quantity,Average buy price,Buy value,Closing price,Closing value,Unrealised P&L
RELIANCE INDUSTRIES LTD,INE002A01018,25,2450.5,61262.5,2810,70250,8987.5
"""
UPSTOX = """Date,Company,Amount,Exchange,Segment,Scrip Code,Instrument Type,Strike Price,Expiry,Trade Num,Trade Time,Side,Quantity,Price
13-06-2024,RELIANCE INDUSTRIES LTD,29000.00,NSE,EQ,RELIANCE,Equity,,,543210,09:32:15,Buy,10,2900.00
13-06-2024,NIFTY,29000.00,NSE,FO,NIFTY,European Call,23000,27-06-2024,543211,09:33:15,Sell,50,100.00
"""  # noqa: E501
UPSTOX_REALISED = """scrip_name,symbol,isin,qty,buy_date,sell_date,buy_rate,sell_rate,scrip_opt,total_pl
TATA CONSULTANCY,TCS,INE467B01029,3,05-01-2024,20-02-2024,3600,3900.5,,901.5
"""
DHAN = """Date,Time,Name,Buy/Sell,Order,Exchange,Segment,Quantity/Lot,Trade Price,Trade Value,Status
2024-07-15,10:15:30,Reliance Industries,BUY,DELIVERY,NSE,Equity,5,2450.00,12250.00,Traded
2024-07-16,10:15:30,NIFTY 25 JUL 24500 CALL,SELL,INTRADAY,NSE,Derivatives,25,100.00,2500.00,Traded
2024-07-17,10:15:30,Infosys Limited,SELL,DELIVERY,BSE,Equity,5,1550.00,7750.00,Rejected
"""
ANGEL = """Client Code,X
Report,Trade book

Scrip/Contract,Segment,Buy/Sell,Quantity,Buy Price,Sell Price,Order ID,Date
RELIANCE,CAPITAL,Buy,5,2450.00,,1234567890,15/07/24 09:32
NIFTY24JUL24500CE,FNO,Buy,25,100,,1234567891,15/07/24 09:32
YESBANK,CAPITAL,Sell,100,,24.50,1234567892,03/08/24 09:32
YESBANK,CAPITAL,Sell,100,24.50,,1234567893,03/08/24 09:33
"""
ICICI = """Stock Symbol,Company Name,ISIN Code,Action,Quantity,Transaction Price,Brokerage,Transaction Charges,StampDuty,Segment,STT Paid/Not Paid,Remarks,Transaction Date,Exchange
RELIND,RELIANCE INDUSTRIES LTD,INE002A01018,Buy,10,2400.00,66.00,1.20,3.60,Rolling,STT Paid,,12-Jan-2024,NSE
INFTEC,INFOSYS LTD,INE009A01021,Sell,5,1500.00,20.00,1.00,0.00,Rolling,STT Paid,,15-Feb-2024,BSE
"""  # noqa: E501
IBKR_ACTIVITY = """Statement,Header,Field Name,Field Value
Statement,Data,BrokerName,Interactive Brokers
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code
Trades,Data,Order,Stocks,USD,AAPL,"2023-04-03, 09:58:53",17,165.3,166.17,-2810.1,-1,2811.1,0,14.79,O
Trades,Data,Order,Stocks,EUR,ASML,"2023-04-04, 04:58:53","-1,000",600.5,600,600500,-3,,0,0,C
Trades,SubTotal,,Stocks,USD,AAPL,,17,,,-2810.1,-1,2811.1,0,14.79,
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,,Proceeds,Comm in EUR,,,MTM in EUR,Code
Trades,Data,Order,Forex,USD,EUR.USD,"2023-04-03, 09:57:00","-3,000",1.0875,,3262.5,-1.84,,,0.2,
Trades,Data,Order,Equity and Index Options,USD,AAPL 21APR23 170 C,"2023-04-03, 10:57:00",1,2.5,2.4,-250,-1,251,0,-10,O
Dividends,Header,Currency,Date,Description,Amount
Dividends,Data,USD,2023-05-18,AAPL(US0378331005) Cash Dividend USD 0.24 per Share (Ordinary Dividend),4.08
Dividends,Data,Total,,,4.08
Withholding Tax,Header,Currency,Date,Description,Amount,Code
Withholding Tax,Data,USD,2023-05-18,AAPL(US0378331005) Cash Dividend USD 0.24 per Share - US Tax,-0.61,
Deposits & Withdrawals,Header,Currency,Settle Date,Description,Amount
Deposits & Withdrawals,Data,EUR,2023-03-31,Electronic Fund Transfer,5000
Corporate Actions,Header,Asset Category,Currency,Report Date,Date/Time,Description,Quantity,Proceeds,Value,Realized P/L,Code
Corporate Actions,Data,Stocks,USD,2023-06-07,"2023-06-06, 20:25:00","NVDA(US67066G1040) Split 10 for 1 (NVDA, NVIDIA CORP, US67066G1040)",90,0,0,0,
Financial Instrument Information,Header,Asset Category,Symbol,Description,Conid,Security ID,Underlying,Listing Exch,Multiplier,Type,Code
Financial Instrument Information,Data,Stocks,ASML,ASML HOLDING NV,117589399,NL0010273215,ASML,AEB,1,COMMON,
"""  # noqa: E501
IBKR_FLEX = """<?xml version="1.0" encoding="UTF-8"?>
<FlexQueryResponse queryName="all" type="AF"><FlexStatements count="1"><FlexStatement accountId="U1">
<Trades>
<Trade accountId="U1" currency="USD" assetCategory="STK" symbol="AAPL" isin="US0378331005" listingExchange="NASDAQ"
 tradeID="555" dateTime="20230403;095853" quantity="17" tradePrice="165.3" ibCommission="-1"
 ibCommissionCurrency="USD" taxes="0" buySell="BUY" levelOfDetail="EXECUTION"/>
<Trade accountId="U1" currency="USD" assetCategory="OPT" symbol="AAPL  230421C00170000" tradeID="556"
 dateTime="20230403;095853" quantity="1" tradePrice="2" ibCommission="-1" buySell="BUY"/>
<Order accountId="U1" currency="USD" symbol="AAPL" quantity="17"/></Trades>
<CashTransactions>
<CashTransaction accountId="U1" currency="USD" symbol="AAPL" isin="US0378331005" description="AAPL CASH DIVIDEND"
 type="Dividends" amount="4.08" dateTime="20230518;202000" transactionID="77"/>
<CashTransaction accountId="U1" currency="USD" symbol="AAPL" isin="US0378331005" description="AAPL US TAX"
 type="Withholding Tax" amount="0.61" dateTime="20230519" transactionID="80"/>
<CashTransaction accountId="U1" currency="EUR" symbol="" description="TRANSFER" type="Deposits/Withdrawals"
 amount="-200" dateTime="20230601" transactionID="78"/></CashTransactions>
<CorporateActions><CorporateAction accountId="U1" currency="USD" symbol="GEHC" isin="US36266G1076"
 description="GE(US3696043013) SPINOFF  1 FOR 3 (GEHC, GE HEALTHCARE, US36266G1076)" type="SO" quantity="10"
 dateTime="20230103;202500" transactionID="79"/></CorporateActions>
</FlexStatement></FlexStatements></FlexQueryResponse>
"""
SCHWAB = """"Transactions  for account Individual ...123 as of 05/07/2025 02:03:53 AM ET"
"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"
"05/06/2025","Sell","VXUS","VANGUARD INTL","8","$61.37","$0.06","$490.90"
"02/03/2025 as of 02/01/2025","Qualified Dividend","VTI","VANGUARD TOTAL","","","","$8.52"
"01/05/2025","MoneyLink Transfer","","TFR BANK","","","","-$500.00"
"03/15/2025","Buy to Open","SPY   250321C00500000","CALL","1","$12.50","$0.65","-$1250.65"
"02/14/2025","Stock Split","NVDA","NVIDIA CORP","40","","",""
"Transactions Total","","","","","","","-$1,251.23"
"""
FIDELITY = """

Brokerage

Run Date,Action,Symbol,Description,Type,Quantity,Price ($),Commission ($),Fees ($),Accrued Interest ($),Amount ($),Cash Balance ($),Settlement Date
 03/15/2024, YOU BOUGHT VANGUARD TOTAL STOCK MARKET ETF (VTI) (Cash), VTI, VANGUARD TOTAL STOCK MKT,Cash,10,255.5,,,,-2555,100.00,03/19/2024
 03/18/2024, YOU SOLD APPLE INC (AAPL) (Cash), AAPL, APPLE INC,Cash,-5,175.2,,0.02,,875.98,975.98,03/20/2024
 03/20/2024, DIVIDEND RECEIVED MICROSOFT CORP (MSFT) (Cash), MSFT, MICROSOFT CORP,Cash,,,,,,7.5,983.48,
 03/29/2024, REINVESTMENT FIDELITY GOVERNMENT MONEY MARKET (SPAXX) (Cash), SPAXX, FIDELITY GOV,Cash,1.5,1,,,,-1.5,0,
 04/02/2024, YOU BOUGHT CALL (AAPL) APPLE, -AAPL240419C175, CALL AAPL,Margin,1,2.5,0.65,,,-250.65,,

"The data and information in this spreadsheet is provided to you solely for your use"
"Date downloaded 05/01/2024 5:30 pm"
"""  # noqa: E501
ROBINHOOD = """"Activity Date","Process Date","Settle Date","Instrument","Description","Trans Code","Quantity","Price","Amount"
"1/5/2024","1/5/2024","1/9/2024","AAPL","Apple
CUSIP: 037833100","Buy","10","$181.50","($1,815.00)"
"2/15/2024","2/15/2024","2/15/2024","AAPL","Cash Div: 10 shares at 0.24","CDIV","","","$2.40"
"2/16/2024","2/16/2024","2/16/2024","","ACH Deposit","ACH","","","$500.00"
"3/16/2024","3/16/2024","3/16/2024","TSLA","TSLA 3/22/2024 Call $180.00","BTO","1","$2.00","($200.04)"
"3/18/2024","3/18/2024","3/20/2024","BRK.B","Berkshire","Sell","0.5","$400.00","$200.00"
"","","","","","","","","The data provided is for informational purposes only."
"""  # noqa: E501
TRADING212 = """Action,Time,ISIN,Ticker,Name,Notes,ID,No. of shares,Price / share,Currency (Price / share),Exchange rate,Result,Currency (Result),Total,Currency (Total),Withholding tax,Currency (Withholding tax),Currency conversion fee,Currency (Currency conversion fee)
Deposit,2023-04-03 09:00:00.123,,,,Bank Transfer,abc-1,,,,,,,1000.00,EUR,,,,
Market buy,2023-04-03 14:58:53.123,US0378331005,AAPL,Apple,,EOF1,2.0000000000,165.00,USD,1.10,,,300.40,EUR,,,0.40,EUR
Limit sell,2023-05-03 08:58:53.123,GB00B10RZP78,ULVR,Unilever,,EOF2,10,4200.00,GBX,84.0,5,EUR,500.00,EUR,,,,
Dividend (Dividend),2023-05-18 10:00:00,US0378331005,AAPL,Apple,,,2,0.24,USD,Not available,,,0.37,EUR,0.07,USD,,
"""  # noqa: E501
DEGIRO_NL = """Datum,Tijd,Product,ISIN,Beurs,Uitvoeringsplaats,Aantal,Koers,,Lokale waarde,,Waarde,,Wisselkoers,Transactiekosten en/of,,Totaal,,Order ID
03-04-2023,15:58,APPLE INC,US0378331005,NDQ,XNAS,2,"165,0000",USD,"-330,00",USD,"-300,00",EUR,"1,1000","-1,00",EUR,"-301,00",EUR,5d1a-1
04-04-2023,15:58,VANGUARD ALL-WORLD,IE00BK5BQT80,EAM,XAMS,-12,"101,5600",EUR,"1.218,72",EUR,"1.218,72",EUR,,"-1,00",EUR,"1.217,72",EUR,5d1a-3
"""  # noqa: E501
DEGIRO_ACCOUNT = """Datum,Tijd,Valutadatum,Product,ISIN,Omschrijving,FX,Mutatie,,Saldo,,Order Id
18-05-2023,07:30,18-05-2023,APPLE INC,US0378331005,Dividend,,USD,"0,48",USD,"0,48",
18-05-2023,07:30,18-05-2023,APPLE INC,US0378331005,Dividendbelasting,,USD,"-0,07",USD,"0,41",
03-04-2023,15:58,03-04-2023,APPLE INC,US0378331005,"Koop 2 @ 165 USD",,USD,"-330,00",USD,"-330,00",5d1a-1
31-03-2023,15:58,31-03-2023,,,iDEAL storting,,EUR,"1.000,00",EUR,"1.000,00",
"""
COINBASE = """"You can use this transaction report to inform your likely tax obligations."

Transactions
User,asha@example.com,abc

ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes
65a,2024-01-05 10:12:13 UTC,Buy,BTC,0.01,USD,$44000.00,$440.00,$445.00,$5.00,Bought 0.01 BTC for 445.00 USD
65b,2024-02-05 10:12:13 UTC,Convert,ETH,-0.5,USD,$2300,$1150,$1155,$5,Converted 0.5 ETH to 0.026 BTC
65c,2024-02-06 10:12:13 UTC,Staking Income,ETH,0.001,USD,$2300,$2.30,$2.30,$0.00,
65d,2024-02-07 10:12:13 UTC,Send,BTC,-0.005,USD,$43000,-$215,-$215,$0.00,Sent to external
"""  # noqa: E501
GHOSTFOLIO = """Date,Code,DataSource,Currency,Price,Quantity,Action,Fee,Note
01-09-2021,Opening Fee,MANUAL,USD,0,0,fee,49,
16-09-2021,MSFT,YAHOO,USD,298.580,5,buy,19.00,first
17/11/2021,MSFT,YAHOO,USD,0.62,5,dividend,0.00,
01.01.2022,Beach House,MANUAL,USD,500000.0,1,buy,0.00,
20220606,BTCUSD,YAHOO,USD,31000,0.1,buy,0.00,
20500606,MSFT,YAHOO,USD,10,1,buy,0.00,
"""
GENERIC = """Statement of my broker;;;;;
Trade Dt;Scrip;Side;Qty;Rate;Charges
01/02/2024;RELIANCE;B;10;2,900.50;12
15/02/2024;TCS;S;(5);3,900;1
Grand total;;;15;;13
"""

FILES: Mapping[str, str] = {
    "zerodha_tradebook": ZERODHA,
    "zerodha_holdings": KITE_HOLDINGS,
    "groww_orders": GROWW,
    "groww_holdings": GROWW_HOLDINGS,
    "upstox_tradebook": UPSTOX,
    "upstox_realised": UPSTOX_REALISED,
    "dhan_trades": DHAN,
    "angel_one_trades": ANGEL,
    "icici_direct_trades": ICICI,
    "ibkr_activity": IBKR_ACTIVITY,
    "ibkr_flex": IBKR_FLEX,
    "schwab": SCHWAB,
    "fidelity": FIDELITY,
    "robinhood": ROBINHOOD,
    "trading212": TRADING212,
    "degiro_transactions": DEGIRO_NL,
    "degiro_account": DEGIRO_ACCOUNT,
    "coinbase": COINBASE,
    "ghostfolio": GHOSTFOLIO,
    "generic": GENERIC,
}


def somebody() -> Account:
    """An investor nobody can sign in as, made without the time that a password takes."""
    name = f"p{secrets.token_hex(6)}"
    with unit_of_work() as work:
        number = PeopleRepository(work).add(
            NewPerson(
                owner=secrets.token_hex(32),
                kind="registered",
                role="investor",
                user_name=name,
                user_name_key=name,
                name=name,
                email=f"{name}@example.com",
                email_key=f"{name}@example.com",
                password_hash="none",
                created_at=clock.now(),
                expires_at=None,
            )
        )
        assert number is not None
        return people.get(number, work)


@dataclass(frozen=True)
class Examined:
    """A file read without a database."""

    format: str
    rows: tuple[PreviewRow, ...]
    unresolved: tuple[Unresolved, ...]
    skipped: int
    notes: tuple[str, ...]

    @property
    def booked(self) -> list[Transaction]:
        """What would be booked by the command line."""
        return [
            row.transaction
            for row in self.rows
            if row.transaction is not None and (row.state == "new" or (row.state == "attention" and row.complete))
        ]

    def reasons(self, state: str) -> dict[int, str]:
        """Line -> reason of the rows of a state."""
        return {row.line: row.reason for row in self.rows if row.state == state}


def examined(
    data: str | bytes,
    *,
    name: str = "file.csv",
    known: Sequence[str] = (),
    chosen: str | None = None,
    currency: str = "INR",
) -> Examined:
    """A file read, with nothing in the ledger but rows of these identities."""
    raw = data.encode() if isinstance(data, str) else data
    found = read.recognise(name, raw)
    taken = found.format if chosen is None else read.named(chosen)
    parsed = read.parse(found.sheet, taken)
    rows, unresolved = examine(parsed, taken, Resolver(), Present(set(known)), currency)
    return Examined(taken.name, rows, unresolved, parsed.skipped, parsed.notes)


def brief(row: Transaction) -> str:
    """A row in one line: day, kind, symbol, quantity @ price = amount, charges, currency."""
    parts = [row.on.isoformat(), row.kind.value, row.symbol or "-"]
    for mark, value in (("", row.quantity), ("@", row.price), ("=", row.amount)):
        if value is not None:
            parts.append(f"{mark}{value.normalize():f}")
    parts += [f"fees {row.fees.normalize():f}"] if row.fees else []
    parts += [f"taxes {row.taxes.normalize():f}"] if row.taxes else []
    return " ".join([*parts, row.currency])


def workbook(text: str, *, first_row: int = 1) -> bytes:
    """A CSV's cells as an XLSX workbook, numbers as numbers."""
    import csv

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for number, row in enumerate(csv.reader(io.StringIO(text)), first_row):
        for place, cell in enumerate(row, 1):
            if cell:
                sheet.cell(
                    number, place, float(cell) if cell.replace(".", "", 1).isdigit() and len(cell) < 15 else cell
                )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
