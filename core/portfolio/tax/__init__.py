"""Indian income tax on what a ledger sold and received: dated rules, a report by financial year. It is not advice."""
