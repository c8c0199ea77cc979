"""Registers the app."""

from django.apps import AppConfig


class ExportsConfig(AppConfig):
    """Django's record of this room."""

    name = "exports"
    label = "exports"
