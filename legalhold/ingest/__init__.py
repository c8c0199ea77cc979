"""Capturing a source as a snapshot, with a ledger that accounts for everything found."""
