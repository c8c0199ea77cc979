"""Registers the app."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.retention"
    label = "retention"
