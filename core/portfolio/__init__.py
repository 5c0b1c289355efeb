"""The ledger: what an investor holds, what it earned, and how every figure came about."""
