"""Registers the app."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.journal"
    label = "journal"
