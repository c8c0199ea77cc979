"""The journal keeps heads of the trail as anchors. The trail itself isn't in it, so a rebuild finds nothing to do here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


def _keep(_payload: Mapping[str, Any], _at: datetime) -> None:
    """An anchor is read from the journal itself, see ``anchors.read_journal``."""


HANDLERS: Final[dict[str, Callable[[Mapping[str, Any], datetime], None]]] = {"audit.sealed": _keep}
"""Verb → handler."""
