"""What the tests of exports capture and export, and where each item of it must be shown."""

from __future__ import annotations

import csv
import io

from legalhold.review.indexing import index_pending
from tests.organisation import START, card, event, file, mail

ALICE, BOB = "Adams, Alice (E1007)", "Brown, Bob (bob@example.com)"
ITEMS = {
    f"{ALICE}/Contacts/Carol Clark [LH00000001].vcf": card("Carol Clark"),
    f"{ALICE}/Mail/Inbox/2024/03/2024-03-14 0932 Brown, Bob - =1+1 [LH00000002].eml": mail("=1+1", key="2"),
    f"{ALICE}/Mail/Inbox/2024/03/2024-03-14 0932 Brown, Bob - Q1 forecast [LH00000003].eml": mail(
        "Q1 forecast", key="1"
    ),
    f"{ALICE}/Earlier versions/Mail/Inbox/2024/03/2024-03-14 0932 Brown, Bob - old [LH00000004].eml": mail(
        "old", key="3"
    ),
    f"{ALICE}/Mail/Inbox/2024/03/2024-03-14 0932 Brown, Bob - new [LH00000005].eml": mail("new", key="3"),
    f"{BOB}/Calendar/Work/2024/2024-03-14 0932 Review [LH00000006].ics": event("Review"),
    f"{BOB}/Calendar/Work/2024/2024-03-14 0932 Whole [LH00000007].ics": event("Whole", wrapped=True),
    f"{BOB}/Files/LAPTOP-17/C/a": file("C/a", b"\0"),
    f"{BOB}/Files/LAPTOP-17/C/Users/bob/Budget.xlsx": file("C/Users/bob/Budget.xlsx"),
}
OWN = ["READ ME FIRST.html", "index.csv", "exceptions.csv", "_verify/manifest-sha256.txt"]


def fill(organisation, *, is_backwards=False):
    """Capture the same of the same people, in one order or the other."""

    def alice():
        person = organisation.custodian("Adams, Alice", "E1007", "alice@example.com")
        box = organisation.source(person)
        organisation.capture(
            box, mail("Q1 forecast", key="1"), mail("=1+1", key="2"), mail("old", key="3"), card("Carol Clark"), day=1
        )
        organisation.capture(
            box, card("Carol Clark"), mail("Q1 forecast", key="1"), mail("=1+1", key="2"), mail("new", key="3"), day=2
        )
        return person

    def bob():
        person = organisation.custodian("Brown, Bob", None, "bob@example.com", "zz@example.com")
        kinds = [
            ("Calendar", "calendar", [event("Review"), event("Whole", wrapped=True)]),
            ("LAPTOP-17", "device_files", [file("C/Users/bob/Budget.xlsx"), file("C/a", b"\0")]),
        ]
        for name, kind, items in reversed(kinds) if is_backwards else kinds:
            organisation.capture(
                organisation.source(person, name, kind), *(reversed(items) if is_backwards else items), day=1
            )
        return person

    people = [bob(), alice()] if is_backwards else [alice(), bob()]
    index_pending(at=START)
    return organisation.matter("Acme v. Example", *people)


def files_of(tree) -> dict[str, bytes]:
    return {"/".join(node.path): b"".join(tree.open(node)) for node, _ in tree.files()}


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
