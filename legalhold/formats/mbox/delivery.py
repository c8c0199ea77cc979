"""The date of delivery that a From_ line tells (RFC 4155 appendix A): one more date a message could be judged by."""

from datetime import UTC, datetime, timedelta

from legalhold.formats.coverage import OPEN, Coverage, Span
from legalhold.formats.headers import with_newlines
from legalhold.formats.mail_dates import parse_mail_date
from legalhold.formats.mbox.from_lines import MAX_LINE_BYTES, date_words, has_date

# what writers that know no date put there (in whatever zone), so it tells none
_NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)
_NO_DATE_WITHIN = timedelta(days=1)
_MARK = b"\xef\xbb\xbf"
_BEGINS = (b"F", b">", b"\r", b"\n", _MARK)  # most messages don't, and aren't looked at any further


def with_delivery(coverage: Coverage, *, line: bytes) -> Coverage:
    """Widen by the date in a From_ line; a date that can't be read opens both sides, no date changes nothing."""
    date = parse_mail_date(date_words(line))
    if date is None:
        return OPEN if has_date(line) else coverage
    if abs(date.at - _NO_DATE) <= _NO_DATE_WITHIN:
        return coverage
    span = Span()
    span.add(date.at, is_zone_known=date.is_zone_known)
    told = span.coverage()
    return Coverage(
        None if coverage.item_from is None or told.item_from is None else min(coverage.item_from, told.item_from),
        None if coverage.item_to is None or told.item_to is None else max(coverage.item_to, told.item_to),
    )


def opening_line(head: bytes) -> bytes:
    """Give the From_ line that a message's own bytes begin with, quoted or not; nothing where they don't."""
    line, _, _ = with_newlines(head[:MAX_LINE_BYTES]).removeprefix(_MARK).lstrip(b"\r\n").partition(b"\n")
    return line.removeprefix(b">") if line.startswith((b"From ", b">From ")) else b""
