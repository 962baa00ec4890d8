"""Checking a result with code that shares nothing with the solvers (an import contract holds that).

The instance's arrays are read by both; keys, choices, lines, flows and certificates are worked out here afresh.
"""

from collections.abc import Mapping

from allocation.instance import Instance
from allocation.verification.report import read_assignment, verify
from allocation.verification.requests import gather_requests
from allocation.verification.stability import blocking_pairs as _pairs_of_outcome

__all__ = ["blocking_pairs", "verify"]


def blocking_pairs(instance: Instance, assignment: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """Return every (student, school) that would rather have each other, all seats counting as given by choice.

    Args:
        assignment: school id or None per student id; students not named have no seat.
    """
    outcome = read_assignment(instance, assignment)
    pairs = _pairs_of_outcome(instance, gather_requests(instance), outcome)
    return [(instance.student_ids[student], instance.school_ids[school]) for student, school in pairs]
