"""Registers the app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    """Django's record of this room."""

    name = "legalhold.review"
    label = "review"
