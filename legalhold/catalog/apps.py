"""Registers the app."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.catalog"
    label = "catalog"
