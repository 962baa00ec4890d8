"""Who holds which seat, as arrays: what every solver returns and the verification judges."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from allocation.instance import Instance, SmallIntArray


class Stage(IntEnum):
    """How a student came to a seat; the lower-case name stands in result files."""

    NONE = 0
    GUARANTEED = 1
    CHOICE = 2
    SIBLINGS = 3
    PLACED = 4


@dataclass(frozen=True, eq=False)
class Outcome:
    """One seat per student at most.

    Attributes:
        school: shape (students,), school index or -1.
        seat_type: index into the school's seat types; their number means ``returned``; -1 without a seat.
        stage: values of ``Stage``.
    """

    school: SmallIntArray
    seat_type: SmallIntArray
    stage: SmallIntArray

    @classmethod
    def empty(cls, instance: Instance) -> "Outcome":
        """Nobody holds a seat."""
        students = len(instance.student_ids)
        return cls(
            np.full(students, -1, dtype=np.int32),
            np.full(students, -1, dtype=np.int32),
            np.zeros(students, dtype=np.int32),
        )
