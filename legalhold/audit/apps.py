"""Registers the app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.audit"
    label = "audit"
