"""Profiles: what they may say, for whom they are, and that none keeps less unasked."""

from __future__ import annotations

import pytest

from legalhold.accounts.roles import PERMISSIONS, Role
from legalhold.approvals.confirmation import ApprovalNeeded, Confirmation
from legalhold.audit.models import AuditEvent
from legalhold.journal.models import OutboxEntry
from legalhold.matters.access import Access, NotAllowed
from legalhold.retention.in_force import profiles_of
from legalhold.retention.models import ProfileAssignment, RetentionProfile
from legalhold.retention.queries import ProfileUnknown, find_profile, list_profiles
from legalhold.retention.services import ProfileNumbers, assign_profile, change_profile, profiles, set_profile
from legalhold.retention.services.profiles import AssignmentUnclear, ProfileInvalid


def in_force(source) -> list[RetentionProfile]:
    return list(profiles_of(sources=[source.pk])[source.pk])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ({"keep_all_days": -1}, "keep_all_days is -1: give a number from 0 to 100000"),
        ({"yearly_years": 100_001}, "yearly_years is 100001"),
        ({"keep_last": 0}, "keep_last is 0: give a number from 1 to 100000"),
        ({"week_starts_on": 7}, r"week_starts_on is 7: give 0 \(Monday\) to 6"),
        ({"graduates": "middle"}, "graduates is 'middle'"),
        ({"zone": "Europe/Atlantis"}, "zone 'Europe/Atlantis' is unknown"),
        ({"zone": "../etc"}, "zone '../etc' is unknown"),
        ({"capture_every_hours": -1}, r"capture_every_hours is -1: give a number from 0 \(no interval\) to 8784"),
    ],
)
def test_number_that_cannot_be_is_refused(keeping, number, text):
    with pytest.raises(ProfileInvalid, match=text):
        keeping.profile(**number)

    assert RetentionProfile.objects.count() == 0


def test_profile_is_found_by_name(keeping):
    with pytest.raises(ProfileUnknown, match="there are: none yet"):
        find_profile(name="Standard", access=keeping.access)
    profile = keeping.profile()
    keeping.profile("Long", keep_all_days=3650)

    assert find_profile(name="Standard", access=keeping.access) == profile
    assert str(profile) == "Standard"
    with pytest.raises(ProfileUnknown, match="no retention profile is named 'Short'; there are: Long, Standard"):
        find_profile(name="Short", access=keeping.access)


def test_setting_is_recorded_and_journaled(keeping):
    profile = keeping.profile(keep_all_days=30, monthly_months=12)

    assert (profile.keep_all_days, profile.monthly_months, profile.is_default) == (30, 12, False)
    assert AuditEvent.objects.get().verb == "retention_profile.set"
    assert OutboxEntry.objects.get().verb == "retention_profile.set"


def test_keeping_longer_needs_no_approval(keeping):
    keeping.profile(keep_all_days=30)

    keeping.profile(keep_all_days=60, capture_every_hours=24)

    assert RetentionProfile.objects.get().keep_all_days == 60


@pytest.mark.parametrize("field", profiles.LENGTHS)
def test_keeping_less_needs_approval(keeping, field):
    keeping.profile(**dict.fromkeys(profiles.LENGTHS, 5))
    shorter = {**dict.fromkeys(profiles.LENGTHS, 9), field: 4}

    for approval in (None, Confirmation("0" * 64)):
        with pytest.raises(ApprovalNeeded, match=f"Setting profile Standard shortens profile Standard: {field} 5 → 4."):
            keeping.profile(**shorter, approval=approval)
    assert getattr(RetentionProfile.objects.get(), field) == 5
    keeping.confirmed(keeping.profile, **shorter)

    assert getattr(RetentionProfile.objects.get(), field) == 4


def test_mutant_without_approval_keeps_less_unasked(keeping, monkeypatch):
    monkeypatch.setattr(profiles, "require_approval", lambda **_: None)
    keeping.profile(keep_all_days=30)

    keeping.profile(keep_all_days=1)

    assert RetentionProfile.objects.get().keep_all_days == 1


def test_default_is_replaced_by_another_that_keeps_as_long(keeping):
    keeping.profile("Old", is_default=True)
    keeping.profile("New", is_default=True, keep_all_days=91)
    keeping.profile("New", is_default=True, keep_all_days=92)

    assert list(RetentionProfile.objects.filter(is_default=True).values_list("name", flat=True)) == ["New"]


def test_shorter_default_needs_approval(keeping):
    keeping.profile("Old", is_default=True)

    with pytest.raises(ApprovalNeeded, match="shortens default profile Old: keep_all_days 90 → 1"):
        keeping.profile("New", is_default=True, keep_all_days=1)
    assert RetentionProfile.objects.get().is_default
    keeping.confirmed(keeping.profile, name="New", is_default=True, keep_all_days=1)

    assert RetentionProfile.objects.get(is_default=True).name == "New"


def test_narrowest_assignment_wins(keeping):
    source, other, nobodys = keeping.source(), keeping.source(), keeping.source()
    person = keeping.custodian(source, other)
    group = keeping.group(person)
    assert in_force(source) == []
    names = ["default", "group", "custodian", "source"]
    by_default, by_group, by_custodian, by_source = (
        keeping.profile(name, is_default=name == "default", keep_all_days=90 + number)
        for number, name in enumerate(names)
    )

    keeping.assign(by_group, group=group)
    assert in_force(source) == [by_group]
    keeping.assign(by_custodian, custodian=person)
    assert in_force(source) == [by_custodian]
    keeping.assign(by_source, source=source)

    assert [in_force(one) for one in (source, other, nobodys)] == [[by_source], [by_custodian], [by_default]]


def test_all_are_in_force_where_several_custodians_have_one(keeping):
    source = keeping.source()
    short, long = keeping.profile("Short", keep_all_days=10), keeping.profile("Long", keep_all_days=1000)
    for profile in (long, short, long):
        keeping.assign(profile, custodian=keeping.custodian(source))

    assert in_force(source) == [short, long]


def test_replacing_several_asks_for_each_that_would_be_shortened(keeping):
    source = keeping.source()
    for name, years in (("Seven", 7), ("Ten", 10)):
        keeping.assign(keeping.profile(name, yearly_years=years), custodian=keeping.custodian(source))
    eight = keeping.profile("Eight", yearly_years=8)

    expected = r"^Giving profile Eight to source Mailbox shortens profile Ten: yearly_years 10 → 8\. To go"
    with pytest.raises(ApprovalNeeded, match=expected):
        keeping.assign(eight, source=source)
    assert len(in_force(source)) == 2


@pytest.mark.parametrize("change", [{"week_starts_on": 0}, {"graduates": "latest"}, {"zone": "Europe/Berlin"}])
def test_change_of_what_stands_for_a_period_needs_approval(keeping, change):
    [(field, value)] = change.items()
    before = getattr(keeping.profile(), field)

    with pytest.raises(ApprovalNeeded, match=f"shortens profile Standard: {field} {before} → {value}"):
        keeping.profile(**change)
    assert getattr(RetentionProfile.objects.get(), field) == before
    keeping.confirmed(keeping.profile, **change)

    assert getattr(RetentionProfile.objects.get(), field) == value


def test_confirmation_of_one_act_is_none_of_another_with_the_same_numbers(keeping):
    source = keeping.source(0)
    person = keeping.custodian(source)
    keeping.confirmed(keeping.profile, name="Long", is_default=True, keep_all_days=900)
    short, same = keeping.profile("Short", keep_all_days=1), keeping.profile("Same", keep_all_days=1)
    acts = [
        lambda approval=None: keeping.profile("New", is_default=True, keep_all_days=1, approval=approval),
        lambda approval=None: keeping.profile("Newer", is_default=True, keep_all_days=1, approval=approval),
        lambda approval=None: keeping.assign(short, custodian=person, approval=approval),
        lambda approval=None: keeping.assign(same, custodian=person, approval=approval),
        lambda approval=None: keeping.assign(short, source=source, approval=approval),
    ]

    digests = []
    for act in acts:
        with pytest.raises(ApprovalNeeded) as asked:
            act()
        digests.append(asked.value.digest)

    assert len(set(digests)) == len(acts)
    with pytest.raises(ApprovalNeeded, match="no longer the one confirmed"):
        acts[2](Confirmation(digests[3]))
    assert ProfileAssignment.objects.count() == 0


def test_change_leaves_what_is_not_named_as_it_stands(keeping, at):
    keeping.profile(keep_all_days=30, monthly_months=12, zone="Europe/Berlin", is_default=True)
    given = {"name": "Standard", "access": keeping.access, "at": at}

    change_profile(changes={"keep_all_days": 60}, is_default=None, **given)
    changed = RetentionProfile.objects.get()
    change_profile(changes={}, is_default=False, **given)

    assert (changed.keep_all_days, changed.monthly_months, changed.zone) == (60, 12, "Europe/Berlin")
    assert (changed.is_default, RetentionProfile.objects.get().is_default) == (True, False)


def test_change_of_an_unknown_profile_makes_it(keeping, at):
    made = change_profile(name="New", changes={"yearly_years": 7}, is_default=None, access=keeping.access, at=at)

    assert (made.keep_all_days, made.yearly_years, made.is_default) == (90, 7, False)


def test_profiles_of_many_sources_take_as_many_queries_as_of_one(keeping, django_assert_num_queries):
    sources = [keeping.source() for _ in range(3)]
    keeping.group(*(keeping.custodian(source) for source in sources))
    default = keeping.profile(is_default=True)

    for count in (1, 3):
        with django_assert_num_queries(4):
            found = profiles_of(sources=[source.pk for source in sources[:count]])
        assert list(found.values()) == [(default,)] * count


def test_assigning_is_recorded_and_replaces(keeping):
    source = keeping.source()
    first = keeping.assign(keeping.profile("A"), source=source)

    second = keeping.assign(keeping.profile("B"), source=source)

    assert (first.pk, ProfileAssignment.objects.get().profile.name) == (second.pk, "B")
    assert AuditEvent.objects.filter(verb="retention_profile.assigned").count() == 2


@pytest.mark.parametrize("what", ["source", "custodian", "group", "custodian by group", "custodian by default"])
def test_assigning_a_shorter_one_needs_approval(keeping, what):
    long, short = (
        keeping.profile("Long", is_default=what.endswith("default")),
        keeping.profile("Short", keep_all_days=1),
    )
    source = keeping.source()
    person = keeping.custodian(source)
    group = keeping.group(person)
    target = {"source": source, "custodian": person, "group": group}[what.split()[0]]
    if what == "custodian by group":
        keeping.assign(long, group=group)
    elif not what.endswith("default"):
        keeping.assign(long, **{what: target})

    with pytest.raises(ApprovalNeeded, match=r"shortens (default )?profile Long"):
        keeping.assign(short, **{what.split()[0]: target})
    assert in_force(source) == [long]
    keeping.confirmed(keeping.assign, profile=short, **{what.split()[0]: target})

    assert in_force(source) == [short]


def test_assignment_is_for_exactly_one(keeping):
    profile, source = keeping.profile(), keeping.source()
    person = keeping.custodian(source)

    for target in ({}, {"source": source, "custodian": person}):
        with pytest.raises(AssignmentUnclear, match="exactly one"):
            keeping.assign(profile, **target)

    assert ProfileAssignment.objects.count() == 0


def test_auditor_and_reader_set_and_assign_nothing(keeping, at):
    profile, source = keeping.profile(), keeping.source()

    for role in (Role.AUDITOR, Role.MATTER_READER):
        access = Access("user:other", PERMISSIONS[role], None)
        with pytest.raises(NotAllowed, match="manage_retention"):
            set_profile(
                name="Standard", numbers=ProfileNumbers(keep_all_days=900), is_default=True, access=access, at=at
            )
        with pytest.raises(NotAllowed, match="manage_retention"):
            find_profile(name="Standard", access=access)
        with pytest.raises(NotAllowed, match="manage_retention"):
            assign_profile(profile=profile, source=source, access=access, at=at)

    assert (RetentionProfile.objects.get().keep_all_days, ProfileAssignment.objects.count()) == (90, 0)


def test_profiles_are_listed_by_name_to_who_manages_them(keeping):
    names = ["B", "A"]
    for name in names:
        keeping.profile(name)

    assert [profile.name for profile in list_profiles(access=keeping.access)] == ["A", "B"]
    with pytest.raises(NotAllowed):
        list_profiles(access=Access("user:other", PERMISSIONS[Role.AUDITOR], None))


@pytest.mark.parametrize("name", ["", " Short", "a\nb", "x" * 201])
def test_profile_without_a_name_for_one_line_is_refused(keeping, name):
    with pytest.raises(ProfileInvalid, match="1 to 200 printable"):
        keeping.profile(name)

    assert RetentionProfile.objects.count() == 0
