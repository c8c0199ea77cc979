from datetime import UTC, datetime, timedelta, timezone

import pytest

from exports.trees.node import Node, NodeUnusable, is_node_name

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_node_is_named_by_its_path():
    assert Node((), True, 0, AT, AT).name == ""
    assert Node(("a", "b"), False, 1, AT, AT, etag="0" * 64).name == "b"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\0b", "u\u0308", "\ud800"])
def test_name_that_readers_cannot_find_is_refused(name):
    assert not is_node_name(name)
    with pytest.raises(NodeUnusable):
        Node(("folder", name), True, 0, AT, AT)


def test_times_in_another_zone_are_refused():
    other = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))

    for times in ((AT, other), (other, AT), (AT.replace(tzinfo=None), AT)):
        with pytest.raises(NodeUnusable):
            Node((), True, 0, *times)


def test_file_without_digest_is_refused():
    with pytest.raises(NodeUnusable):
        Node(("a",), False, 0, AT, AT)
