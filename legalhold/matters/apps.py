"""Registers the app."""

from django.apps import AppConfig


class MattersConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.matters"
    label = "matters"
