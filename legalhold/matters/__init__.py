"""Matters, who works on them, and what an access reaches. Knows no hold: it is told how many are in effect."""
