"""Registers the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.accounts"
    label = "accounts"
