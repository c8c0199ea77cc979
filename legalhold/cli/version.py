"""Which version of this program captures and destroys."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """Return the installed version; a checkout that was never installed says that it is one."""
    try:
        return version("legalhold")
    except PackageNotFoundError:
        return "(from a checkout)"
