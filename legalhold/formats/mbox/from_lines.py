"""Which lines that begin with "From " begin a message of an mbox (RFC 4155 appendix A, and what is really written).

Nothing in mboxo tells a separator from a quoted one: where both are possible, splitting shows what merging would hide.
"""

import re
from enum import Enum

from legalhold.formats.headers import has_fields, looks_like_message

MAX_LINE_BYTES = 1024
FOLLOWING_BYTES = 4 << 10  # what is looked at after a From_ line
_MAX_DATE_WORDS = 8  # weekday, month, day, time, AM, zone, its name in brackets, year
_REMOTE = b" remote from "
_DATE_WORD = re.compile(
    rb"(?i:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[.,]?"
    rb"|[A-Z]{1,5}|\([A-Z]{1,5}\)|[+-]\d\d:?\d\d|\d{1,4}(?:[-./:]\d{1,2}){0,2}(?:\.\d{1,9})?[,Z]?"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
)
_USUAL = re.compile(
    rb"From [^\s]+ +((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d"
    rb" \d\d:\d\d:\d\d \d{4})\s*"
)
_TIME = re.compile(rb"(?:\b|T)\d{1,2}:\d\d(?!\d)")
_YEAR = re.compile(rb"(?<![+\-\d])\d{4}(?!\d)")
# all that Netscape writes without a date, and what is left where a date was taken out of a From_ line
_SENDER_ALONE = re.compile(rb"From +(?:-|[^\s@]+@[^\s@]+)\s*")
_FIELD = re.compile(rb"From[ \t]+:")  # an obsolete way to write the field (RFC 5322 §4.5.2)
_ADDRESS_OF_A_PAGE = re.compile(rb"[A-Za-z]{2,10}://")


class Standing(Enum):
    """What a line that begins with "From " is."""

    SEPARATOR = "begins a message"
    DOUBT = "may begin one: too much like it to be passed over, too little to split"
    TEXT = "text"


def judge(*, line: bytes, following: bytes, is_after_blank: bool, is_first: bool = False) -> Standing:
    """Tell what a line is from its own words, the FOLLOWING_BYTES after it, and whether a blank line is before it.

    The first line of an mbox separates. A line that ends in a date separates after a blank line or before a header
    field; one that is no more than a sender before a message's header; any other where both are, a blank line and a
    message's header. None is longer than MAX_LINE_BYTES.
    """
    if _FIELD.match(line):
        return Standing.TEXT
    is_short = len(line) <= MAX_LINE_BYTES
    if is_first and is_short:
        return Standing.SEPARATOR
    is_dated = is_short and bool(date_words(line))
    if is_dated and is_after_blank:
        return Standing.SEPARATOR
    is_before_field = has_fields(following) and not _ADDRESS_OF_A_PAGE.match(following)
    if is_dated:
        return Standing.SEPARATOR if is_before_field else Standing.DOUBT
    if is_short and (is_after_blank or _SENDER_ALONE.fullmatch(line)) and looks_like_message(following):
        return Standing.SEPARATOR
    return Standing.DOUBT if is_before_field else Standing.TEXT


def date_words(line: bytes) -> bytes:
    """Give the date that a From_ line ends in, if it is one with a time of day and a year, else nothing."""
    usual = _USUAL.fullmatch(line)
    if usual:  # only faster: what follows would give the same
        return usual[1]
    words = line.partition(_REMOTE)[0].split()[2:][-_MAX_DATE_WORDS:]
    count = 0
    while count < len(words) and _DATE_WORD.fullmatch(words[-count - 1]):
        count += 1
    told = b" ".join(words[len(words) - count :])
    return told if has_date(told) else b""


def has_date(text: bytes) -> bool:
    """Tell whether a time of day and a year are anywhere in a text."""
    return _TIME.search(text) is not None and _YEAR.search(text) is not None
