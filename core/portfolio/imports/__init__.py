"""Brokers' files to the ledger: recognised by content, read row by row, shown before anything is booked."""
