"""Registers the app."""

from django.apps import AppConfig


class CustodiansConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.custodians"
    label = "custodians"
