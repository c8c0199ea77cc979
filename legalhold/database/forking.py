"""Connections don't survive a fork: a child that used its parent's would mix both into one conversation or lock."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

_wrappers: WeakSet[BaseDatabaseWrapper] = WeakSet()
_abandoned: list[Any] = []


def forget_in_children(wrapper: BaseDatabaseWrapper) -> None:
    """Make every child forked from now on open a connection of its own; the parent's stays as it is."""
    _wrappers.add(wrapper)


def _forget() -> None:
    for wrapper in list(_wrappers):
        # Load-bearing: kept and never closed; closing would speak to the parent's server or drop its file locks.
        _abandoned.append(wrapper.connection)
        wrapper.connection = None
        wrapper.in_atomic_block = False


os.register_at_fork(after_in_child=_forget)
