"""The console's and API's addresses: none yet; WebDAV has its own port and origin."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
