"""Reads the documented environment variables into one value; every other room gets what it needs passed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_HOME = "./var"


class SettingInvalid(ValueError):
    """An environment variable's value can't be used; the message names it and what to write."""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the organisation that runs this installation has set."""

    home: Path
    archive_path: Path
    master_key: str
    database: dict[str, Any]
    anchor: Path | None
    secret_key: str | None
    public_url: str | None
    trusted_proxies: tuple[str, ...]
    failpoint: str | None
    environ: Mapping[str, str] = field(repr=False)

    @property
    def public_hosts(self) -> tuple[str, ...]:
        """The host of the public address, if one is set."""
        host = urlsplit(self.public_url).hostname if self.public_url else None
        return (host,) if host else ()


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Return the settings named in ``docs/operations/settings.md``; a setting left out has its documented default."""
    home = Path(environ.get("LEGALHOLD_HOME", DEFAULT_HOME)).absolute()
    return Environment(
        home=home,
        archive_path=archive_path(environ.get("LEGALHOLD_ARCHIVE_URL"), home=home),
        master_key=environ.get("LEGALHOLD_MASTER_KEY", f"file:{home.parent / (home.name + '.keys') / 'master.key'}"),
        database=database_settings(environ.get("DATABASE_URL"), home=home),
        anchor=Path(environ["LEGALHOLD_ANCHOR"]).absolute() if environ.get("LEGALHOLD_ANCHOR") else None,
        secret_key=environ.get("LEGALHOLD_SECRET_KEY") or None,
        public_url=environ.get("LEGALHOLD_PUBLIC_URL") or None,
        trusted_proxies=tuple(part for part in environ.get("LEGALHOLD_TRUSTED_PROXIES", "").split(",") if part),
        failpoint=environ.get("LEGALHOLD_FAILPOINT") or None,
        environ=environ,
    )


def archive_path(url: str | None, *, home: Path) -> Path:
    """Return the archive's local folder. Only ``file:`` addresses are served yet; others are refused, not ignored."""
    if not url:
        return home / "archive"
    if not url.startswith("file:"):
        raise SettingInvalid(f"LEGALHOLD_ARCHIVE_URL is {url!r}: only a local folder (file:/path) is supported")
    return Path(url.removeprefix("file://").removeprefix("file:")).absolute()


def database_settings(url: str | None, *, home: Path) -> dict[str, Any]:
    """Return Django's settings for PostgreSQL (``postgresql://…``) or, without an address, SQLite under the home folder."""
    if not url:
        return sqlite_settings(home / "legalhold.sqlite3")
    if url.startswith("sqlite:///"):
        return sqlite_settings(Path(url.removeprefix("sqlite:///")).absolute())
    if url.startswith(("postgresql://", "postgres://")):
        return postgresql_settings(url)
    raise SettingInvalid(f"DATABASE_URL begins with {url.split(':', 1)[0]!r}: use postgresql://… or sqlite:///…")


def sqlite_settings(path: Path) -> dict[str, Any]:
    """Return the settings of the embedded default. A lost commit is a lost hold, hence ``synchronous=FULL``."""
    return {
        "ENGINE": "legalhold.database.sqlite",
        "NAME": str(path),
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }


def postgresql_settings(url: str) -> dict[str, Any]:
    """Return the settings for a PostgreSQL server; unknown parameters of the address are passed on to libpq."""
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError:  # what it says repeats the address, password and all
        raise SettingInvalid(
            "DATABASE_URL isn't an address: write it like postgresql://user:password@host:5432/name"
        ) from None
    return {
        "ENGINE": "legalhold.database.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": 60,
        "OPTIONS": parts,
    }
