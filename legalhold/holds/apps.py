"""Registers the app."""

from django.apps import AppConfig


class HoldsConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.holds"
    label = "holds"
