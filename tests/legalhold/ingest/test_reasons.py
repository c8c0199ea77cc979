from __future__ import annotations

import pytest

from legalhold.ingest.reasons import reason_text


@pytest.mark.parametrize(
    ("fate", "reason", "detail", "text"),
    [
        ("excluded", "*.tmp", "", "excluded by the rule *.tmp"),
        ("not_captured", "UnsupportedArtifact", "", "a symbolic link, pipe or device"),
        ("not_captured", "UnsupportedArtifact", "a symbolic link to /x", "a symbolic link to /x"),
        ("not_captured", "PermissionDenied", "", "permission to read it was denied"),
        ("not_captured", "Unreadable", "bad sector", "it can't be read (bad sector)"),
        ("not_captured", "Other", "", "Other"),
    ],
)
def test_reason_is_in_words(fate, reason, detail, text):
    assert reason_text(fate=fate, reason=reason, detail=detail) == text
