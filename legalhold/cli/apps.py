"""Registers the commands' app; it has no models."""

from django.apps import AppConfig


class CliConfig(AppConfig):
    """Django's record of the commands."""

    name = "legalhold.cli"
