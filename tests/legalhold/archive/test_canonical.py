import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from legalhold.archive import NotCanonical, canonical_json, parse_canonical

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def test_value_has_one_spelling():
    assert (
        canonical_json({"b": [1, None, True], "a": "ä\n", "B": ()}) == '{"B":[],"a":"ä\\n","b":[1,null,true]}'.encode()
    )


@given(VALUES)
def test_canonical_bytes_are_read_back(value):
    data = canonical_json(value)

    assert parse_canonical(data) == value
    assert canonical_json(json.loads(data)) == data


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (1.5, r"the float at \$"),
        ({"a": [1, b"x"]}, r"the bytes at \$\.a\[1\]"),
        ({"a": {1: 2}}, r"the key 1 at \$\.a"),
        ("\ud800", "lone surrogate at character 1"),
    ],
)
def test_value_without_canonical_form_is_refused(value, where):
    with pytest.raises(NotCanonical, match=where):
        canonical_json(value)


@pytest.mark.parametrize(
    "data", [b'{"a": 1}', b'{"b":1,"a":2}', b"1.0", b"[1", b"\xff", b'{"a":1,"a":1}', b"[" * 100_000]
)
def test_bytes_in_another_form_are_refused(data):
    with pytest.raises(NotCanonical):
        parse_canonical(data)
