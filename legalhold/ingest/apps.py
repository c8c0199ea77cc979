"""Registers the app."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.ingest"
    label = "ingest"
