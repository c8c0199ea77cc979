import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webdav.http.credentials import Credentials, read_credentials


@given(st.text(max_size=30).filter(lambda user: ":" not in user and user.isprintable()), st.text(max_size=60))
def test_credentials_are_read_back(user, secret):
    try:
        encoded = base64.b64encode(f"{user}:{secret}".encode()).decode()
    except UnicodeEncodeError:
        return

    assert read_credentials(f"Basic {encoded}") == Credentials(user, secret)


@given(st.one_of(st.none(), st.text(max_size=80), st.text(max_size=80).map(lambda text: f"Basic {text}")))
def test_any_header_gives_credentials_or_none(header):
    assert isinstance(read_credentials(header), Credentials | None)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic !!!",
        "Basic YQ",
        "Basic YQ==",
        "Basic /w==",
        "Bearer dTpz",
        "Digest dTpz",
        "Basic dTpz,dTpz",
        "Basic " + base64.b64encode(b"u:" + b"s" * 3000).decode(),
        "Basic " + base64.b64encode(b"u\0:s").decode(),
    ],
)
def test_header_without_credentials_is_none(header):
    assert read_credentials(header) is None


@pytest.mark.parametrize("header", ["Basic dTpzOng=", "basic  dTpzOng=", " BASIC dTpzOng= "])
def test_scheme_is_read_in_any_case(header):
    assert read_credentials(header) == Credentials("u", "s:x")


def test_secret_is_not_in_its_representation():
    assert "hush" not in repr(Credentials("u", "hush"))
