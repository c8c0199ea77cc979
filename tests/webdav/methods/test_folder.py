import pytest

from webdav.methods.folder import readable_size


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1234, "1.2 kB"),
        (999_999, "1000.0 kB"),
        (1_000_000, "1.0 MB"),
        (50_000_000_000, "50.0 GB"),
        (10**12, "1.0 TB"),
        (10**16, "10000.0 TB"),
    ],
)
def test_readable_size(size_bytes, expected):
    assert readable_size(size_bytes) == expected
