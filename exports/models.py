"""Rows of this room."""
