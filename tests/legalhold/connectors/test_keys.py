"""Keys made of names of any length."""

from hypothesis import given
from hypothesis import strategies as st

from legalhold.connectors.keys import MAX_KEY_BYTES, bounded_key

LONG = b"n" * (MAX_KEY_BYTES + 1)


def test_key_of_a_name_is_the_name_up_to_its_bound():
    assert bounded_key(LONG[:-1]) == LONG[:-1]
    assert bounded_key(LONG)[:908] == LONG[:900] + b"\0sha256:"
    assert len(bounded_key(LONG)) == 972


def test_keys_of_names_alike_in_their_beginning_differ():
    names = [LONG, LONG + b"n", LONG[:900], b"n\0", b"n", bounded_key(LONG), bounded_key(b"n\0")]

    assert len({bounded_key(name) for name in names}) == len(names)


@given(st.binary(max_size=2000), st.binary(max_size=2000))
def test_different_names_have_different_keys(first, second):
    assert (bounded_key(first) == bounded_key(second)) is (first == second)
    assert len(bounded_key(first)) <= MAX_KEY_BYTES
