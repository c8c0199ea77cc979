"""What the environment says, as one value."""

from pathlib import Path

import pytest

from legalhold.conf.environment import read_environment


def test_nothing_set_means_the_documented_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    environment = read_environment({})

    assert environment.home == tmp_path / "var"
    assert environment.archive_path == tmp_path / "var" / "archive"
    assert environment.master_key == f"file:{tmp_path / 'var.keys' / 'master.key'}"
    assert environment.database["NAME"] == str(tmp_path / "var" / "legalhold.sqlite3")
    assert (environment.anchor, environment.secret_key, environment.public_url) == (None, None, None)
    assert environment.trusted_proxies == ()
    assert environment.public_hosts == ()


def test_public_url_names_the_host_that_is_served():
    assert read_environment({"LEGALHOLD_PUBLIC_URL": "https://evidence.example.org:8443"}).public_hosts == (
        "evidence.example.org",
    )


def test_database_url_of_postgresql_is_taken_apart():
    database = read_environment({"DATABASE_URL": "postgresql://u:p@db:5433/lh?sslmode=require"}).database

    assert (database["NAME"], database["USER"], database["PASSWORD"]) == ("lh", "u", "p")
    assert (database["HOST"], database["PORT"], database["OPTIONS"]) == ("db", "5433", {"sslmode": "require"})


def test_database_url_of_sqlite_names_a_file():
    assert read_environment({"DATABASE_URL": "sqlite:////srv/lh.sqlite3"}).database["NAME"] == "/srv/lh.sqlite3"


def test_other_settings_are_read(tmp_path):
    environment = read_environment(
        {
            "LEGALHOLD_HOME": str(tmp_path),
            "LEGALHOLD_ARCHIVE_URL": "file:///srv/archive",
            "LEGALHOLD_ANCHOR": str(tmp_path / "anchor"),
            "LEGALHOLD_TRUSTED_PROXIES": "10.0.0.1,,10.1.0.0/16",
        }
    )

    assert environment.archive_path == Path("/srv/archive")
    assert environment.anchor == tmp_path / "anchor"
    assert environment.trusted_proxies == ("10.0.0.1", "10.1.0.0/16")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://x", "DATABASE_URL"),
        ("LEGALHOLD_ARCHIVE_URL", "s3://bucket/prefix", "LEGALHOLD_ARCHIVE_URL"),
    ],
)
def test_address_that_is_not_served_is_refused_by_name(name, value, said):
    with pytest.raises(ValueError, match=said):
        read_environment({name: value})
