"""Registers the app."""

from django.apps import AppConfig


class DatabaseConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.database"
    label = "database"
