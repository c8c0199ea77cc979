"""Dates before the calendar of most programs, and names asked for to blow an answer up."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

YEAR_1 = datetime(1, 1, 1, 2, 3, 4, 999999, tzinfo=UTC)


@pytest.fixture
def aged(shares, dav_kit):
    """A share of one file of the year 1."""
    shares.tree = dav_kit.MemoryTree({"old.eml": b"x"})
    for path, node in shares.tree.nodes.items():
        shares.tree.nodes[path] = replace(node, modified_at=YEAR_1, created_at=YEAR_1)
    shares.tree.order[()] = [shares.tree.nodes["old.eml",]]


def test_creation_in_the_year_1_is_a_date_of_four_digits(client, aged):
    answer = client.ask("PROPFIND", "/dav/old.eml", headers={"Depth": "0"})

    assert answer.body.count(b"<D:creationdate>0001-01-01T02:03:04Z</D:creationdate>") == 1


def test_page_shows_the_year_1_in_four_digits(client, aged):
    answer = client.ask("GET", "/dav/")

    assert answer.body.count(b'<time datetime="0001-01-01T02:03:04Z">0001-01-01 02:03</time>') == 1


def prop(names):
    return f'<?xml version="1.0"?><propfind xmlns="DAV:"><prop>{names}</prop></propfind>'.encode()


@pytest.mark.parametrize(
    "names",
    [
        "".join(f'<x xmlns="{number:041}"/>' for number in range(99)),
        "".join(f'<x xmlns="{number}{"&amp;" * 20}"/>' for number in range(20)),
        "".join(f'<x{number} xmlns="u"/>' for number in range(99)) + f"<{'y' * 400}/>",
        f"<{'é' * 1_025}/>",
    ],
)
def test_names_that_would_blow_up_each_entry_are_refused(client, names):
    answer = client.ask("PROPFIND", "/dav/", body=prop(names), headers={"Depth": "1"})

    assert (answer.status, b"very long names" in answer.body) == (400, True)


def test_answer_to_the_longest_names_allowed_is_bounded(client, shares, dav_kit):
    shares.tree = dav_kit.MemoryTree({f"{number:03}": b"x" for number in range(100)})
    names = "".join(f'<x xmlns="{number:03}"/>' for number in range(99))

    answer = client.ask("PROPFIND", "/dav/", body=prop(names), headers={"Depth": "1"})

    assert answer.status == 207
    assert len(answer.body) < 101 * 2_300
