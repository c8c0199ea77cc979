"""Sets retention profiles, gives them to people and sources, and expires what none keeps any more."""

from __future__ import annotations

from argparse import BooleanOptionalAction
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from legalhold.cli.actions import Action, CommandWithActions
from legalhold.cli.parsing import add_confirm, number_from
from legalhold.cli.printing import Result, count, table
from legalhold.custodians.queries import find_custodian, find_group
from legalhold.ingest.queries import find_source
from legalhold.retention.queries import find_profile, list_profiles
from legalhold.retention.services import ProfileNumbers, assign_profile, change_profile, expire_snapshots
from legalhold.retention.services.profiles import MOST_HOURS

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

    from legalhold.cli.command import Call
    from legalhold.retention.models import RetentionProfile

LENGTHS = {
    "keep_all_days": "keep every snapshot for so many days",
    "weekly_weeks": "then one a week for so many weeks",
    "monthly_months": "then one a month for so many months",
    "yearly_years": "then one a year for so many years",
    "keep_last": "and at least so many, whatever their age",
}
MOST = 100_000
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _set(call: Call) -> Result:
    given = call.given
    said = {one.name: getattr(given, one.name) for one in fields(ProfileNumbers)}
    profile = change_profile(
        name=given.name,
        changes={name: value for name, value in said.items() if value is not None},
        is_default=given.default,
        approval=call.approval,
        access=call.access,
        at=call.at,
    )
    return Result(f"profile {profile.name}: {_says(profile)}", _data(profile))


def _assign(call: Call) -> Result:
    given = call.given
    profile = find_profile(name=given.name, access=call.access)
    assign_profile(
        profile=profile,
        source=find_source(text=given.source, access=call.access) if given.source else None,
        custodian=find_custodian(text=given.custodian) if given.custodian else None,
        group=find_group(text=given.group, access=call.access) if given.group else None,
        approval=call.approval,
        access=call.access,
        at=call.at,
    )
    whom = given.source or given.custodian or given.group
    return Result(f"profile {profile.name} is given to {whom}", {**_data(profile), "assigned_to": whom})


def _show(call: Call) -> Result:
    profiles = list_profiles(access=call.access)
    rows = [(one.name, one.is_default, _says(one), one.zone) for one in profiles]
    empty = "no profiles yet, so every snapshot is kept; `retention set` makes one"
    return Result(
        table(("profile", "default", "keeps", "time zone"), rows, empty=empty),
        {"profiles": [_data(one) for one in profiles]},
    )


def _apply(call: Call) -> Result:
    done = expire_snapshots(access=call.access, at=call.at)
    text = (
        f"{count(done.expired, 'snapshot')} expired, {done.kept:,} kept, of {count(done.sources, 'source')} with a profile;"
        " `compact` condemns what nothing keeps any more"
    )
    return Result(text, {"sources": done.sources, "kept": done.kept, "expired": done.expired})


def _says(profile: RetentionProfile) -> str:
    parts = [f"all for {count(profile.keep_all_days, 'day')}"]
    lengths = (
        (profile.weekly_weeks, "weekly", "week"),
        (profile.monthly_months, "monthly", "month"),
        (profile.yearly_years, "yearly", "year"),
    )
    parts += [f"{name} for {count(number, unit)}" for number, name, unit in lengths if number]
    parts.append(f"the last {profile.keep_last:,} always")
    parts += [f"captured every {count(profile.capture_every_hours, 'hour')}"] if profile.capture_every_hours else []
    return ", ".join(parts)


def _data(profile: RetentionProfile) -> dict[str, Any]:
    numbers = {one.name: getattr(profile, one.name) for one in fields(ProfileNumbers)}
    return {"key": profile.key, "name": profile.name, "is_default": profile.is_default, **numbers}


def _set_arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what the profile is called")
    for name, text in LENGTHS.items():
        least = int(name == "keep_last")
        option = f"--{name.replace('_', '-')}"
        default = getattr(ProfileNumbers(), name)
        parser.add_argument(
            option, type=number_from(least, MOST), metavar="N", help=f"{text} ({default} in a new profile)"
        )
    parser.add_argument(
        "--week-starts-on", type=number_from(0, 6), metavar="0-6",
        help=f"0 is {DAYS[0]}, 6 is {DAYS[6]} (6 in a new profile)",
    )  # fmt: skip
    parser.add_argument(
        "--graduates",
        choices=("oldest", "latest"),
        help="which of a week, month or year is kept (oldest in a new profile)",
    )
    parser.add_argument(
        "--capture-every-hours", type=number_from(0, MOST_HOURS), metavar="N",
        help="a capture is overdue after so many hours without one; 0 for no interval (0 in a new profile)",
    )  # fmt: skip
    parser.add_argument("--zone", help="the time zone its days are counted in (UTC in a new profile)")
    parser.add_argument(
        "--default", action=BooleanOptionalAction, help="for whoever has no other profile, or no longer for them"
    )
    add_confirm(parser)


def _assign_arguments(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a profile")
    whom = parser.add_mutually_exclusive_group(required=True)
    whom.add_argument("--source", metavar="KEY", help="to one data source")
    whom.add_argument("--custodian", metavar="WHO", help="to all data sources of a custodian")
    whom.add_argument("--group", metavar="GROUP", help="to all data sources of a group")
    add_confirm(parser)


class Command(CommandWithActions):
    help = "Say how long snapshots are kept, and expire what no profile keeps any more."
    actions = (
        Action("set", "make a profile, or change of one what is given", _set, _set_arguments),
        Action("assign", "give a profile to a source, a custodian or a group", _assign, _assign_arguments),
        Action("show", "show the profiles", _show),
        Action("apply", "expire the snapshots that no profile keeps any more; destroys nothing", _apply),
    )
