"""Why each child got what it got, as data: one entry per considered school, in the family's order.

The numbers come from ``allocation.explain_all``, which reads the stored result; this module adds what the priority
classes mean and how the child gets there. Words are made from it at reading time (``sentences``).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import allocation
from admissions.allocation_runs.freeze import ClassKey, FrozenApplication, FrozenRound


def reasons_of_run(
    frozen: FrozenRound,
    class_keys: Mapping[str, Sequence[ClassKey]],
    instance: allocation.Instance,
    answer: allocation.Result,
) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Yield (application id, entries) for every application of the run."""
    by_receipt = {application.receipt_id: application for application in frozen.applications}
    for receipt_id, reasons in allocation.explain_all(instance, answer):
        application = by_receipt[receipt_id]
        yield application.id, [_entry(reason, application, class_keys) for reason in reasons]


def _entry(
    reason: allocation.SchoolReason,
    application: FrozenApplication,
    class_keys: Mapping[str, Sequence[ClassKey]],
) -> dict[str, Any]:
    keys = class_keys[reason.school]
    way = application.ways.get(reason.school)
    last = None
    if reason.last is not None:
        last = {"key": list(keys[reason.last.class_index]), "lottery": str(reason.last.lottery)}
    return {
        "site": reason.school,
        "rank": reason.rank,
        "outcome": reason.outcome,
        "key": list(keys[reason.class_index]) if reason.class_index is not None else None,
        "seats": reason.seats,
        "admitted": reason.admitted,
        "last": last,
        "ahead": sum(count for _class, count in reason.ahead_by_class),
        "decided_by": reason.decided_by,
        "time_s": way.time_s if way else None,
        "length_m": way.length_m if way else None,
        "profile": way.profile if way else None,
    }
