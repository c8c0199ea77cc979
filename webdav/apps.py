"""Registers the app."""

from django.apps import AppConfig


class WebdavConfig(AppConfig):
    """Django's record of this room."""

    name = "webdav"
    label = "webdav"
