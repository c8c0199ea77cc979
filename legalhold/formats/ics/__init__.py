"""Calendars: which objects a file holds, the captured bytes of each, and the dates each could be judged by (RFC 5545).

One object is one UID with its overrides. Nothing is parsed that isn't needed, and nothing is written anew.
"""

from legalhold.formats.ics.coverage import coverage_of
from legalhold.formats.ics.objects import CalendarFile, CalendarObject, looks_like_calendar, read_calendar
from legalhold.formats.ics.wrapping import wrap_event

__all__ = ["CalendarFile", "CalendarObject", "coverage_of", "looks_like_calendar", "read_calendar", "wrap_event"]
