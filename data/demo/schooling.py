"""Which school a child comes from, and at which school an elder brother or sister already is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from data.demo.landscape import Grade, Landscape
from data.demo.people import Student
from data.demo.plane import FloatArray, Spot

SIBLING_SHARE = {1: 0.2, 6: 0.13}


def attach_schools(
    students: Sequence[Student],
    points: FloatArray,
    landscape: Landscape,
    gates: Mapping[str, Spot],
    rng: np.random.Generator,
) -> list[Student]:
    """Return the students with present school (lớp 6 only) and sibling's school; twins share both.

    Both are the nearest main site within the child's commune, since nobody crosses a river to be somebody's
    sibling.
    """
    if not students:
        return []
    grade = students[0].grade
    primary = _nearest_school(students, points, landscape, gates, grade=1)
    own = primary if grade == 1 else _nearest_school(students, points, landscape, gates, grade=6)
    with_sibling = rng.random(len(students)) < SIBLING_SHARE[grade]
    attached: list[Student] = []
    for number, student in enumerate(students):
        if student.twin_group and attached and attached[-1].twin_group == student.twin_group:
            twin = attached[-1]
            attached.append(
                replace(student, current_school=twin.current_school, sibling_school=twin.sibling_school)
            )
            continue
        attached.append(
            replace(
                student,
                current_school=primary[number] if grade == 6 else "",
                sibling_school=own[number] if with_sibling[number] else "",
            )
        )
    return attached


def _nearest_school(
    students: Sequence[Student],
    points: FloatArray,
    landscape: Landscape,
    gates: Mapping[str, Spot],
    *,
    grade: Grade,
) -> list[str]:
    """Return for each student the code of the nearest school of a grade in his or her commune."""
    communes = np.array([landscape.villages[student.village].commune for student in students])
    chosen = np.full(len(students), "", dtype=object)
    for commune in sorted(set(communes.tolist())):
        schools = [
            school for school in landscape.schools if school.commune == commune and school.grade == grade
        ]
        if not schools:
            continue
        own = np.flatnonzero(communes == commune)
        places = np.array([gates[school.code] for school in schools])
        gaps = ((points[own, None, :] - places[None, :, :]) ** 2).sum(axis=2)
        codes = np.array([school.code for school in schools], dtype=object)
        chosen[own] = codes[gaps.argmin(axis=1)]
    return [str(code) for code in chosen]
