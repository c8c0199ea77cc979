import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exports.trees.node import is_node_name
from webdav.http.paths import PathUnreadable, decode_target, encode_path

names = (
    st.text(min_size=1, max_size=40)
    .filter(lambda name: not any("\ud800" <= c <= "\udfff" for c in name))
    .map(lambda name: unicodedata.normalize("NFC", name))
    .filter(is_node_name)
)


@given(st.lists(names, max_size=5).map(tuple), st.booleans())
def test_path_encoded_is_decoded_to_itself(path, is_folder):
    encoded = encode_path(path, is_folder=is_folder)

    assert decode_target(encoded or "/") == (path, "")
    assert encoded.isascii()


@given(st.lists(names, min_size=1, max_size=5).map(tuple))
def test_path_in_nfd_is_found_in_nfc(path):
    decomposed = tuple(unicodedata.normalize("NFD", name) for name in path)

    assert decode_target(encode_path(decomposed, is_folder=False)) == (path, "")


@given(st.text(max_size=60))
def test_any_target_gives_safe_names_or_is_refused(target):
    try:
        path, _ = decode_target(target)
    except PathUnreadable:
        return

    assert all(name not in {"", ".", ".."} and "/" not in name and "\0" not in name for name in path)


@given(st.lists(st.sampled_from(["%2e", ".", "%2F", "%5c", "\\", "%00", "%c0%ae", "a", "/", "%25"]), max_size=8))
def test_traversal_pieces_never_climb(pieces):
    try:
        path, _ = decode_target("/dav/" + "".join(pieces))
    except PathUnreadable:
        return

    assert path[0] == "dav"
    assert not any(name in {".", ".."} or "/" in name for name in path)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "dav",
        "http:/",
        "/%",
        "/%4",
        "/%zz",
        "/%ff",
        "/%c0%ae%c0%ae/",
        "/%ed%a0%80",
        "/..",
        "/.",
        "/%2e%2e/a",
        "/a/%2E/b",
        "/a%2fb",
        "/%00",
        "/ü",
    ],
)
def test_target_that_names_no_path_is_refused(target):
    with pytest.raises(PathUnreadable):
        decode_target(target)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("*", ((), "")),
        ("/", ((), "")),
        ("//dav///x/", (("dav", "x"), "")),
        ("/dav/?zip", (("dav",), "zip")),
        ("/dav/%252e%252e?a?b", (("dav", "%2e%2e"), "a?b")),
        ("/dav/a+b", (("dav", "a+b"), "")),
        ("/dav/a%5cb", (("dav", "a\\b"), "")),
    ],
)
def test_target_is_decoded_once(target, expected):
    assert decode_target(target) == expected
