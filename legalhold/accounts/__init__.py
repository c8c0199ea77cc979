"""Accounts and what their roles allow. Knows no matter."""
