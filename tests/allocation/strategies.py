"""Small random instances as plain documents, built up in layers: schools, students, the whole."""

import itertools
from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]


def document(mechanism: str, schools: Document, students: Document, **others: Any) -> Document:
    """Return an instance document."""
    return {
        "format": "dungtuyen-instance/1",
        "mechanism": mechanism,
        "schools": schools,
        "students": students,
        **others,
    }


def some_of(ids: list[str]) -> st.SearchStrategy[list[str]]:
    """Any of the ids, in any order, each at most once."""
    return st.permutations(ids).flatmap(
        lambda order: st.integers(0, len(ids)).map(lambda count: order[:count])
    )


@st.composite
def priorities(draw: st.DrawFn, students: list[str]) -> list[list[str]]:
    """Classes of a school, some empty, some students left out."""
    classes: list[list[str]] = [[] for _ in range(draw(st.integers(1, 4)))]
    for student in draw(some_of(students)):
        classes[draw(st.integers(0, len(classes) - 1))].append(student)
    return classes


@st.composite
def seat_types(draw: st.DrawFn, capacity: int) -> list[Document]:
    """Parts of a capacity, for everyone or for groups ``g`` and ``h``, soft or hard."""
    cuts = sorted(draw(st.lists(st.integers(0, capacity), max_size=2)))
    bounds = [0, *cuts, capacity]
    types = []
    for place, (low, high) in enumerate(itertools.pairwise(bounds)):
        kind: Document = {"name": f"type{place}", "seats": high - low, "hard": draw(st.booleans())}
        groups = draw(some_of(["g", "h"]))
        if groups:
            kind["open_to"] = groups
        types.append(kind)
    return types


@st.composite
def schools(draw: st.DrawFn, students: list[str], *, plain: bool, scores: bool) -> Document:
    """One school: classes, scores or neither; unless ``plain`` also seat types, ties and penalties."""
    capacity = draw(st.integers(0, 3))
    school: Document = {"capacity": capacity}
    order = draw(st.sampled_from(["priority", "scores", "none"] if scores else ["priority", "none"]))
    if order == "priority":
        school["priority"] = draw(priorities(students))
    elif order == "scores":
        points = st.sampled_from([1, 2, 2.5, 3.25])
        school["scores"] = {student: draw(points) for student in draw(some_of(students))}
    if plain:
        return school
    if order == "scores" and draw(st.booleans()):
        school["rank_penalty"] = [0, 0.5, 1]
    extra = draw(st.sampled_from(["nothing", "seat_types", "none", "all"]))
    if extra == "seat_types":
        school["seat_types"] = draw(seat_types(capacity))
    elif extra != "nothing":
        school["ties"] = extra
    return school


@st.composite
def choice_documents(
    draw: st.DrawFn,
    *,
    mechanism: str = "deferred_acceptance",
    plain: bool = True,
    guarantees: bool = False,
    place_everyone: bool = False,
    max_students: int = 5,
) -> Document:
    """An instance in which families rank schools, with a seed."""
    school_ids = [f"s{number}" for number in range(draw(st.integers(1, 3)))]
    student_ids = [f"c{number}" for number in range(draw(st.integers(1, max_students)))]
    students: Document = {}
    for student in student_ids:
        body: Document = {"preferences": draw(some_of(school_ids))}
        if not plain:
            body["groups"] = draw(some_of(["g", "h"]))
        if guarantees and draw(st.integers(0, 3)) == 0:
            body["guaranteed"] = draw(st.sampled_from(school_ids))
        if place_everyone:
            body |= draw(travels(school_ids))
        students[student] = body
    others: Document = {"lottery": {"seed": draw(st.binary(min_size=1, max_size=4)).hex()}}
    if place_everyone:
        others["place_everyone"] = True
    return document(
        mechanism,
        {one: draw(schools(student_ids, plain=plain, scores=True)) for one in school_ids},
        students,
        **others,
    )


@st.composite
def travels(draw: st.DrawFn, school_ids: list[str]) -> Document:
    """Seconds to some schools, some of them beyond the ceiling."""
    reach = draw(some_of(school_ids))
    return {
        "travel_s": {school: draw(st.integers(0, 9)) * 60 for school in reach},
        "beyond_ceiling": draw(some_of(school_ids)),
    }


@st.composite
def travel_documents(draw: st.DrawFn, *, guarantees: bool = False) -> Document:
    """An instance of least travel."""
    school_ids = [f"s{number}" for number in range(draw(st.integers(1, 3)))]
    student_ids = [f"c{number}" for number in range(draw(st.integers(1, 5)))]
    students: Document = {}
    for student in student_ids:
        body = draw(travels(school_ids))
        if guarantees and body["travel_s"] and draw(st.integers(0, 2)) == 0:
            body["guaranteed"] = draw(st.sampled_from(sorted(body["travel_s"])))
        students[student] = body
    return document(
        "min_travel",
        {one: draw(schools(student_ids, plain=True, scores=False)) for one in school_ids},
        students,
    )


@st.composite
def sibling_documents(draw: st.DrawFn) -> Document:
    """An instance with sibling groups under any of the three rules."""
    rule = draw(st.sampled_from(["linked", "plus_one", "joint"]))
    body = draw(choice_documents(plain=rule == "joint", guarantees=True, place_everyone=True, max_students=6))
    order = draw(st.permutations(sorted(body["students"])))
    cut = draw(st.integers(1, len(order)))
    groups = [order[:cut], order[cut:]]
    return body | {"siblings": [group for group in groups if len(group) > 1], "sibling_rule": rule}
