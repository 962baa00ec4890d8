"""Reading an allocation instance: every fault is refused with its JSON path, nothing is guessed or ignored."""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np

from allocation.canonical import (
    canonical_plain_json,
    nfc,
    parse_json,
    plain_number,
    sha256_hex,
    without_collection,
)
from allocation.errors import FormatError, InstanceError, json_path
from allocation.instance import (
    INSTANCE_FORMAT,
    NOT_ELIGIBLE,
    OPEN,
    RETURNED,
    SCORE_PLACES,
    SCORE_SCALE,
    UNRANKED,
    BoolArray,
    Instance,
    IntArray,
    Mechanism,
    Ordering,
    School,
    SeatType,
    SiblingRule,
    SmallIntArray,
    Ties,
)
from allocation.lottery import lottery_digests, ranks_of_digests, seed_bytes

MAX_WHOLE = 2**31 - 1
MAX_SCORE = 10**9
MAX_SEAT_TYPES = 60

Parts = tuple[str | int, ...]
_TOP_KEYS = {
    "format", "mechanism", "schools", "students", "lottery", "siblings", "sibling_rule", "place_everyone",
}  # fmt: skip
_SCHOOL_KEYS = {"capacity", "priority", "scores", "seat_types", "ties", "rank_penalty"}
_STUDENT_KEYS = {"preferences", "groups", "guaranteed", "travel_s", "beyond_ceiling"}
_ORDER_ONLY = (
    {"format", "mechanism", "schools", "students", "lottery"},
    {"capacity", "priority", "scores"},
    {"preferences"},
)
_TAKEN: dict[Mechanism, tuple[set[str], set[str], set[str]]] = {
    Mechanism.DEFERRED_ACCEPTANCE: (_TOP_KEYS, _SCHOOL_KEYS, _STUDENT_KEYS),
    Mechanism.SCHOOL_PROPOSING: _ORDER_ONLY,
    Mechanism.IMMEDIATE_ACCEPTANCE: _ORDER_ONLY,
    Mechanism.TOP_TRADING_CYCLES: _ORDER_ONLY,
    Mechanism.MIN_TRAVEL: (
        {"format", "mechanism", "schools", "students", "place_everyone"},
        {"capacity", "priority"},
        {"preferences", "travel_s", "beyond_ceiling", "guaranteed"},
    ),
}


def read_instance(source: bytes | Path) -> Instance:
    """Read an instance from the bytes of its file, or from the file.

    Raises:
        InstanceError: anything the format refuses, with the JSON path of the fault.
        OSError: the file cannot be read.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    try:
        document = parse_json(data)
    except FormatError as error:
        raise InstanceError(error.path, error.reason) from error
    with without_collection():
        return _build(document)


def instance_from_dict(document: Mapping[str, Any]) -> Instance:
    """Build an instance from plain values shaped as the file; numbers are int, float or Decimal."""
    try:
        with without_collection():
            return _build(document if _is_normal(document) else nfc(document, []))
    except FormatError as error:
        raise InstanceError(error.path, error.reason) from error


def instance_sha256(instance: Instance | Mapping[str, Any]) -> str:
    """Return the SHA-256 of the instance's canonical JSON."""
    return (instance if isinstance(instance, Instance) else instance_from_dict(instance)).sha256


def _is_normal(document: Any) -> bool:
    """Whether all ids are plain ASCII, the usual case, so that no text needs normalising."""
    if not isinstance(document, dict):
        return False
    ids: list[Any] = []
    for section in ("schools", "students"):
        ids.extend(document.get(section, ()) if isinstance(document.get(section), dict) else ())
    return all(isinstance(key, str) for key in ids) and "".join(ids).isascii() and not _names_groups(document)


def _names_groups(document: Mapping[str, Any]) -> bool:
    """Whether the instance holds texts other than ids: names of seat types or groups."""
    schools = document.get("schools")
    return isinstance(schools, dict) and any(
        isinstance(school, dict) and "seat_types" in school for school in schools.values()
    )


def _fail(parts: Parts, reason: str) -> InstanceError:
    return InstanceError(json_path(parts), reason)


def _object(value: Any, parts: Parts) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _fail(parts, "must be an object")
    for key in value:
        if not isinstance(key, str):
            raise _fail(parts, f"the key {key!r} must be a string")
    return value


def _list(value: Any, parts: Parts) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise _fail(parts, "must be a list")
    return value


def _whole(value: Any, parts: Parts, *, what: str) -> int:
    """Return a whole number from 0 to ``MAX_WHOLE``; booleans and fractions are refused."""
    if type(value) is not int:
        raise _fail(parts, f"{what} must be a whole number")
    if value < 0:
        raise _fail(parts, f"{what} must not be negative")
    if value > MAX_WHOLE:
        raise _fail(parts, f"{what} must not exceed {MAX_WHOLE}")
    return value


def _flag(value: Any, parts: Parts) -> bool:
    if not isinstance(value, bool):
        raise _fail(parts, "must be true or false")
    return value


def _scaled(value: Any, parts: Parts) -> int:
    """Return a decimal with at most four places, times ``SCORE_SCALE``."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        raise _fail(parts, "must be a number")
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number) > MAX_SCORE:
        raise _fail(parts, f"must lie between -{MAX_SCORE} and {MAX_SCORE}")
    scaled = number * SCORE_SCALE
    if scaled != scaled.to_integral_value():
        raise _fail(parts, f"must have at most {SCORE_PLACES} decimal places")
    return int(scaled)


def _only_keys(
    keys: Iterable[str], known: Collection[str], taken: Collection[str], mechanism: Mechanism, parts: Parts
) -> None:
    """Refuse keys that the format does not know or that the mechanism does not take."""
    for key in keys:
        if key not in known:
            raise _fail((*parts, key), "the format has no such key")
        if key not in taken:
            raise _fail((*parts, key), f"the mechanism {mechanism} does not take this key")


def _distinct_ids(value: Any, index: Mapping[str, int], parts: Parts, *, what: str) -> list[int]:
    """Return the indices of a list of ids, each known and named once."""
    ids = _list(value, parts)
    try:
        found = [index[one] for one in ids]
    except (KeyError, TypeError):
        found = []
    if len(found) == len(ids) and len(set(found)) == len(found):
        return found
    seen: set[str] = set()
    for place, one in enumerate(ids):
        if not isinstance(one, str):
            raise _fail((*parts, place), "an id must be a string")
        if one not in index:
            raise _fail((*parts, place), f"there is no {what} {one!r}")
        if one in seen:
            raise _fail((*parts, place), f"the {what} {one!r} stands twice in this list")
        seen.add(one)
    raise AssertionError("a list with an unknown or repeated id has a first such id")


def _build(document: Any) -> Instance:
    """Check the whole document, then lay it out as arrays."""
    top = _object(document, ())
    if top.get("format") != INSTANCE_FORMAT:
        raise _fail(("format",), f"must be {INSTANCE_FORMAT!r}")
    try:
        mechanism = Mechanism(str(top.get("mechanism")))
    except ValueError as error:
        raise _fail(("mechanism",), f"must be one of {', '.join(Mechanism)}") from error
    taken = _TAKEN[mechanism]
    _only_keys(top, _TOP_KEYS, taken[0], mechanism, ())
    for key in ("schools", "students"):
        if key not in top:
            raise _fail((key,), "is missing")
    school_docs = _object(top["schools"], ("schools",))
    student_docs = _object(top["students"], ("students",))
    school_ids, student_ids = tuple(sorted(school_docs)), tuple(sorted(student_docs))
    school_index = {school: index for index, school in enumerate(school_ids)}
    student_index = {student: index for index, student in enumerate(student_ids)}

    schools, listed = _read_schools(school_docs, school_ids, student_index, mechanism)
    rows = _read_students(student_docs, student_ids, school_index, mechanism)
    siblings = _read_siblings(top.get("siblings", []), student_index)
    numbers, lottery_rank = _read_lottery(top, student_ids, student_index, siblings)
    place_everyone = _flag(top.get("place_everyone", False), ("place_everyone",))
    try:
        sibling_rule = SiblingRule(top.get("sibling_rule", SiblingRule.LINKED))
    except ValueError as error:
        raise _fail(("sibling_rule",), f"must be one of {', '.join(SiblingRule)}") from error
    instance = Instance(
        mechanism=mechanism,
        school_ids=school_ids,
        student_ids=student_ids,
        schools=schools,
        capacity=np.array([school.capacity for school in schools], dtype=np.int64),
        listed_start=listed[0],
        listed_student=listed[1],
        listed_value=listed[2],
        preference_start=rows.preference_start,
        preference_school=rows.preference_school,
        travel_start=rows.travel_start,
        travel_school=rows.travel_school,
        travel_s=rows.travel_s,
        travel_beyond=rows.travel_beyond,
        guaranteed=rows.guaranteed,
        groups=rows.groups,
        siblings=siblings,
        sibling_rule=sibling_rule,
        place_everyone=place_everyone,
        lottery_numbers=numbers,
        lottery_rank=lottery_rank,
        sha256=_canonical_sha256(top),
    )
    _check_guaranteed(instance)
    _check_lottery_is_there(instance)
    return instance


def _canonical_sha256(top: dict[str, Any]) -> str:
    """Hash the canonical JSON; only scores and penalties can hold decimals, so only they are rewritten."""
    schools = {}
    for school, body in top["schools"].items():
        if "scores" in body:
            body = {**body, "scores": {one: plain_number(score) for one, score in body["scores"].items()}}
        if "rank_penalty" in body:
            body = {**body, "rank_penalty": [plain_number(step) for step in body["rank_penalty"]]}
        schools[school] = body
    return sha256_hex(canonical_plain_json({**top, "schools": schools}))


def _read_schools(
    docs: Mapping[str, Any], ids: Sequence[str], student_index: Mapping[str, int], mechanism: Mechanism
) -> tuple[tuple[School, ...], tuple[IntArray, SmallIntArray, IntArray]]:
    """Read every school and the students that its priority or scores name."""
    schools: list[School] = []
    counts, students, values = [0], [], []
    for school_id in ids:
        parts: Parts = ("schools", school_id)
        body = _object(docs[school_id], parts)
        _only_keys(body, _SCHOOL_KEYS, _TAKEN[mechanism][1], mechanism, parts)
        school = _read_school(body, parts)
        if school.ordering is Ordering.CLASSES:
            named, value = _read_priority(body["priority"], student_index, (*parts, "priority"))
        elif school.ordering is Ordering.SCORES:
            named, value = _read_scores(body["scores"], student_index, (*parts, "scores"))
        else:
            named, value = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
        schools.append(school)
        counts.append(len(named))
        students.append(named)
        values.append(value)
    empty_students, empty_values = np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int64)
    return tuple(schools), (
        np.cumsum(counts, dtype=np.int64),
        np.concatenate([empty_students, *students]),
        np.concatenate([empty_values, *values]),
    )


def _read_school(body: Mapping[str, Any], parts: Parts) -> School:
    """Read everything about one school but its list of students."""
    if "capacity" not in body:
        raise _fail((*parts, "capacity"), "is missing")
    capacity = _whole(body["capacity"], (*parts, "capacity"), what="the number of seats")
    if "priority" in body and "scores" in body:
        raise _fail((*parts, "scores"), "a school takes priority or scores, not both")
    ordering = Ordering.ALL_TIED
    if "priority" in body:
        ordering = Ordering.CLASSES
    elif "scores" in body:
        ordering = Ordering.SCORES
    try:
        ties = Ties(body.get("ties", Ties.LOTTERY))
    except ValueError as error:
        raise _fail((*parts, "ties"), f"must be one of {', '.join(Ties)}") from error
    if "seat_types" in body and ties is not Ties.LOTTERY:
        raise _fail((*parts, "ties"), f"{ties!s} does not combine with seat_types")
    if "rank_penalty" in body and ordering is not Ordering.SCORES:
        raise _fail((*parts, "rank_penalty"), "is taken only together with scores")
    return School(
        capacity=capacity,
        ordering=ordering,
        class_count=len(_list(body["priority"], (*parts, "priority"))) if "priority" in body else 1,
        ties=ties,
        seat_types=_read_seat_types(body, capacity, parts),
        has_seat_types="seat_types" in body,
        rank_penalty=_read_rank_penalty(body, parts),
    )


def _read_rank_penalty(body: Mapping[str, Any], parts: Parts) -> tuple[int, ...]:
    if "rank_penalty" not in body:
        return ()
    steps = _list(body["rank_penalty"], (*parts, "rank_penalty"))
    if not steps:
        raise _fail((*parts, "rank_penalty"), "must name at least one number")
    return tuple(_scaled(step, (*parts, "rank_penalty", place)) for place, step in enumerate(steps))


def _read_seat_types(body: Mapping[str, Any], capacity: int, parts: Parts) -> tuple[SeatType, ...]:
    """Read the ordered parts of a school's seats; without any, all seats are of one type, open to everyone."""
    if "seat_types" not in body:
        return (SeatType(OPEN, capacity, None, hard=False),)
    here: Parts = (*parts, "seat_types")
    docs = _list(body["seat_types"], here)
    if len(docs) > MAX_SEAT_TYPES:
        raise _fail(here, f"at most {MAX_SEAT_TYPES} seat types are supported")
    types: list[SeatType] = []
    for place, doc in enumerate(docs):
        kind = _read_seat_type(_object(doc, (*here, place)), (*here, place))
        if kind.name in {other.name for other in types}:
            raise _fail((*here, place, "name"), f"the seat type {kind.name!r} stands twice in this list")
        types.append(kind)
    if sum(kind.seats for kind in types) != capacity:
        raise _fail(here, f"the seats must sum to the capacity, {capacity}")
    return tuple(types)


def _read_seat_type(doc: Mapping[str, Any], here: Parts) -> SeatType:
    for key in doc:
        if key not in {"name", "seats", "open_to", "hard"}:
            raise _fail((*here, key), "the format has no such key")
    for key in ("name", "seats"):
        if key not in doc:
            raise _fail((*here, key), "is missing")
    if not isinstance(doc["name"], str):
        raise _fail((*here, "name"), "must be a string")
    if doc["name"] == RETURNED:
        raise _fail((*here, "name"), f"{RETURNED!r} is kept for seats that soft types leave over")
    groups = _read_groups(doc.get("open_to", []), (*here, "open_to"))
    return SeatType(
        name=doc["name"],
        seats=_whole(doc["seats"], (*here, "seats"), what="the number of seats"),
        open_to=groups or None,
        hard=_flag(doc.get("hard", False), (*here, "hard")),
    )


def _read_groups(value: Any, parts: Parts) -> frozenset[str]:
    groups = _list(value, parts)
    for place, group in enumerate(groups):
        if not isinstance(group, str):
            raise _fail((*parts, place), "a group must be a string")
        if group in groups[:place]:
            raise _fail((*parts, place), f"the group {group!r} stands twice in this list")
    return frozenset(groups)


def _read_priority(
    value: Any, student_index: Mapping[str, int], parts: Parts
) -> tuple[SmallIntArray, IntArray]:
    """Return the students of all classes and the class of each."""
    students: list[int] = []
    sizes: list[int] = []
    for place, members in enumerate(_list(value, parts)):
        found = _distinct_ids(members, student_index, (*parts, place), what="student")
        students.extend(found)
        sizes.append(len(found))
    if len(set(students)) != len(students):
        seen: set[str] = set()
        for place, members in enumerate(value):
            for inner, one in enumerate(members):
                if one in seen:
                    raise _fail((*parts, place, inner), f"the student {one!r} stands in two classes")
                seen.add(one)
    return np.array(students, dtype=np.int32), np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)


def _read_scores(
    value: Any, student_index: Mapping[str, int], parts: Parts
) -> tuple[SmallIntArray, IntArray]:
    """Return the students that have a score, in id order, and minus the score of each."""
    scores = _object(value, parts)
    for student in scores:
        if student not in student_index:
            raise _fail((*parts, student), f"there is no student {student!r}")
    named = sorted(scores, key=student_index.__getitem__)
    return (
        np.array([student_index[one] for one in named], dtype=np.int32),
        np.array([-_scaled(scores[one], (*parts, one)) for one in named], dtype=np.int64),
    )


class _StudentRows:
    """The arrays of all students."""

    preference_start: IntArray
    preference_school: SmallIntArray
    travel_start: IntArray
    travel_school: SmallIntArray
    travel_s: IntArray
    travel_beyond: BoolArray
    guaranteed: SmallIntArray
    groups: tuple[frozenset[str], ...]


def _read_students(
    docs: Mapping[str, Any], ids: Sequence[str], school_index: Mapping[str, int], mechanism: Mechanism
) -> _StudentRows:
    """Read every student's own part."""
    taken = _TAKEN[mechanism][2]
    preference_counts, preferences = [0], []
    travel_counts, travel_schools, travel_s, beyond = [0], [], [], []
    guaranteed = np.full(len(ids), -1, dtype=np.int32)
    groups: dict[int, frozenset[str]] = {}
    for index, student_id in enumerate(ids):
        parts: Parts = ("students", student_id)
        body = _object(docs[student_id], parts)
        if not body.keys() <= taken:
            _only_keys(body, _STUDENT_KEYS, taken, mechanism, parts)
        listed = _distinct_ids(
            body.get("preferences", ()), school_index, (*parts, "preferences"), what="school"
        )
        preferences.extend(listed)
        preference_counts.append(len(listed))
        if "travel_s" in body or "beyond_ceiling" in body:
            reach, seconds, far = _read_travel(body, school_index, parts)
            travel_schools.extend(reach)
            travel_s.extend(seconds)
            beyond.extend(far)
            travel_counts.append(len(reach))
        else:
            travel_counts.append(0)
        if "guaranteed" in body:
            guaranteed[index] = _read_guaranteed(body["guaranteed"], school_index, (*parts, "guaranteed"))
        if "groups" in body:
            groups[index] = _read_groups(body["groups"], (*parts, "groups"))
    rows = _StudentRows()
    rows.preference_start = np.cumsum(preference_counts, dtype=np.int64)
    rows.preference_school = np.array(preferences, dtype=np.int32)
    rows.travel_start = np.cumsum(travel_counts, dtype=np.int64)
    rows.travel_school = np.array(travel_schools, dtype=np.int32)
    rows.travel_s = np.array(travel_s, dtype=np.int64)
    rows.travel_beyond = np.array(beyond, dtype=np.bool_)
    rows.guaranteed = guaranteed
    nobody: frozenset[str] = frozenset()
    rows.groups = tuple(groups.get(index, nobody) for index in range(len(ids))) if groups else ()
    return rows


def _read_guaranteed(value: Any, school_index: Mapping[str, int], parts: Parts) -> int:
    if not isinstance(value, str):
        raise _fail(parts, "an id must be a string")
    if value not in school_index:
        raise _fail(parts, f"there is no school {value!r}")
    return school_index[value]


def _read_travel(
    body: Mapping[str, Any], school_index: Mapping[str, int], parts: Parts
) -> tuple[list[int], list[int], list[bool]]:
    """Return the schools in reach in id order, the seconds to each, and whether each is beyond the ceiling."""
    travel = _object(body.get("travel_s", {}), (*parts, "travel_s"))
    try:
        reach = sorted((school_index[school], seconds) for school, seconds in travel.items())
    except (KeyError, TypeError):
        reach = []
    if len(reach) != len(travel) or not all(type(seconds) is int for _, seconds in reach):
        for school, seconds in travel.items():
            if school not in school_index:
                raise _fail((*parts, "travel_s", school), f"there is no school {school!r}")
            _whole(seconds, (*parts, "travel_s", school), what="the seconds")
    if reach and (
        min(seconds for _, seconds in reach) < 0 or max(seconds for _, seconds in reach) > MAX_WHOLE
    ):
        for school, seconds in travel.items():
            _whole(seconds, (*parts, "travel_s", school), what="the seconds")
    far: set[int] = set()
    if "beyond_ceiling" in body:
        far = set(
            _distinct_ids(body["beyond_ceiling"], school_index, (*parts, "beyond_ceiling"), what="school")
        )
    return [one for one, _ in reach], [seconds for _, seconds in reach], [one in far for one, _ in reach]


def _read_siblings(value: Any, student_index: Mapping[str, int]) -> tuple[tuple[int, ...], ...]:
    """Read the sibling groups, eldest first; nobody stands in two."""
    groups: list[tuple[int, ...]] = []
    seen: set[int] = set()
    for place, members in enumerate(_list(value, ("siblings",))):
        found = _distinct_ids(members, student_index, ("siblings", place), what="student")
        if not found:
            raise _fail(("siblings", place), "a sibling group names at least one student")
        for inner, student in enumerate(found):
            if student in seen:
                raise _fail(
                    ("siblings", place, inner), f"the student {members[inner]!r} stands in two groups"
                )
        seen.update(found)
        groups.append(tuple(found))
    return tuple(groups)


def _read_lottery(
    top: Mapping[str, Any],
    ids: Sequence[str],
    student_index: Mapping[str, int],
    siblings: Sequence[Sequence[int]],
) -> tuple[Sequence[int] | Sequence[bytes] | None, IntArray]:
    """Return each student's number and the strict order that the numbers make."""
    if "lottery" not in top:
        return None, np.arange(len(ids), dtype=np.int64)
    lottery = _object(top["lottery"], ("lottery",))
    for key in lottery:
        if key not in {"numbers", "seed"}:
            raise _fail(("lottery", key), "the format has no such key")
    if len(lottery) != 1:
        raise _fail(("lottery",), "must hold either numbers or a seed")
    if "seed" in lottery:
        seed = lottery["seed"]
        try:
            seed_bytes(seed)
        except (TypeError, ValueError) as error:
            raise _fail(("lottery", "seed"), "must be pairs of hexadecimal digits in a string") from error
        digests = lottery_digests(seed, ids)
        return digests, ranks_of_digests(digests)
    return _read_numbers(lottery["numbers"], ids, student_index, siblings)


def _read_numbers(
    value: Any, ids: Sequence[str], student_index: Mapping[str, int], siblings: Sequence[Sequence[int]]
) -> tuple[Sequence[int], IntArray]:
    """Read one number per student: all different, except inside one sibling group."""
    parts: Parts = ("lottery", "numbers")
    numbers = _object(value, parts)
    for student, number in numbers.items():
        if student not in student_index:
            raise _fail((*parts, student), f"there is no student {student!r}")
        if type(number) is not int:
            raise _fail((*parts, student), "a lottery number must be a whole number")
    for student in ids:
        if student not in numbers:
            raise _fail((*parts, student), "the student has no lottery number")
    group_of: dict[int, tuple[int, int]] = {}
    for group, members in enumerate(siblings):
        for place, member in enumerate(members):
            group_of[member] = (group, place)
    in_order = [numbers[student] for student in ids]
    order = sorted(range(len(ids)), key=lambda one: (in_order[one], group_of.get(one, (-1, 0))[1]))
    for before, after in itertools.pairwise(order):
        if in_order[before] != in_order[after]:
            continue
        if before not in group_of or after not in group_of or group_of[before][0] != group_of[after][0]:
            raise _fail(
                (*parts, ids[max(before, after)]),
                f"{ids[min(before, after)]!r} has the same number; only siblings may share one",
            )
    ranks = np.empty(len(ids), dtype=np.int64)
    ranks[order] = np.arange(len(ids))
    return in_order, ranks


def _check_guaranteed(instance: Instance) -> None:
    """Refuse more guaranteed students than seats, and a guarantee that no seat type or travel time can honour."""
    holders = np.bincount(instance.guaranteed[instance.guaranteed >= 0], minlength=len(instance.school_ids))
    for crowded in np.flatnonzero(holders > instance.capacity):
        raise _fail(
            ("schools", instance.school_ids[crowded], "capacity"),
            f"{holders[crowded]} students have a guaranteed seat here, "
            f"but there are only {instance.capacity[crowded]}",
        )
    if instance.mechanism is Mechanism.MIN_TRAVEL:
        in_reach = np.zeros(len(instance.student_ids), dtype=np.bool_)
        in_reach[
            instance.travel_student[instance.travel_school == instance.guaranteed[instance.travel_student]]
        ] = True
        for student in np.flatnonzero((instance.guaranteed >= 0) & ~in_reach):
            raise _fail(
                ("students", instance.student_ids[student], "guaranteed"),
                "the guaranteed school must stand in travel_s, or nothing can be said to be no farther",
            )
    for index, school in enumerate(instance.schools):
        if school.has_seat_types and holders[index]:
            _check_guaranteed_types(instance, index)


def _check_guaranteed_types(instance: Instance, school: int) -> None:
    """Refuse guaranteed students whom hard seat types shut out: soft seats can be handed over, hard ones cannot."""
    types = instance.schools[school].seat_types
    hard_left = {index: kind.seats for index, kind in enumerate(types) if kind.hard}
    soft_left = sum(kind.seats for kind in types if not kind.hard)
    outside = 0
    for student in np.flatnonzero(instance.guaranteed == school):
        member_of = [index for index in instance.eligible_types(int(student), school) if hard_left.get(index)]
        if member_of:
            hard_left[member_of[0]] -= 1
        else:
            outside += 1
    if outside > soft_left:
        raise _fail(
            ("schools", instance.school_ids[school], "seat_types"),
            f"{outside} students with a guaranteed seat cannot take the hard seats, and only {soft_left} others exist",
        )


def _check_lottery_is_there(instance: Instance) -> None:
    """Refuse an instance without a lottery where two eligible students who both list a school are tied there."""
    if instance.lottery_numbers is not None or instance.mechanism is Mechanism.MIN_TRAVEL:
        return
    by_lottery = np.array([school.ties is Ties.LOTTERY for school in instance.schools], dtype=np.bool_)
    value = instance.preference_value
    use = (value != NOT_ELIGIBLE) & (value != UNRANKED)
    if len(use):
        use &= by_lottery[instance.preference_school]
    schools = instance.preference_school[use]
    worth = (value + instance.preference_penalty)[use]
    order = np.lexsort((worth, schools))
    schools, worth = schools[order], worth[order]
    tied = np.flatnonzero((schools[1:] == schools[:-1]) & (worth[1:] == worth[:-1]))
    if len(tied):
        raise _fail(
            ("lottery",),
            "is missing, but students who list the school "
            f"{instance.school_ids[schools[tied[0]]]!r} are tied there",
        )
