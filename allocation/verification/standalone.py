#!/usr/bin/env python3
"""Check a published allocation on any computer: one file, Python 3.9 or later, nothing else to install.

    python3 standalone.py INSTANCE.json RESULT.json

It works out everything again from the instance: the hash, the lottery numbers, who may sit where, the whole
allocation by deferred acceptance, the lines, pairs that block, whether the second stage could do better, and
whether a reported shortage is real. Exit code 0: all holds; 1: something does not (one line each); 2: unreadable.

It is written for reading, not for speed: a district takes seconds, a large city minutes. Not worked out again:
which siblings the sibling rules bring together, trading cycles and immediate acceptance; their seats are checked.
"""

import hashlib
import hmac
import json
import sys
import unicodedata
from decimal import Decimal
from typing import Any, Dict, List, Optional, Set, Tuple

Place = Tuple[str, Optional[int]]
Cost = Tuple[Any, ...]
NO_CLASS = Decimal(10) ** 12


def canonical(value: Any) -> str:
    """Return canonical JSON text: keys by code point, no spaces, NFC, numbers as shortest decimals."""
    if isinstance(value, dict):
        members = {unicodedata.normalize("NFC", key): member for key, member in value.items()}
        return "{" + ",".join(canonical(key) + ":" + canonical(members[key]) for key in sorted(members)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(member) for member in value) + "]"
    if isinstance(value, Decimal):
        text = format(value, "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in ("-0", "") else text
    if isinstance(value, str):
        return json.dumps(unicodedata.normalize("NFC", value), ensure_ascii=False)
    return json.dumps(value)


def normal(value: Any) -> Any:
    """Return the value with every text in NFC."""
    if isinstance(value, dict):
        return {unicodedata.normalize("NFC", key): normal(member) for key, member in value.items()}
    if isinstance(value, list):
        return [normal(member) for member in value]
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value


class Check:
    """One instance with its result, and the faults found so far."""

    def __init__(self, instance: Dict[str, Any], result: Dict[str, Any]) -> None:
        self.instance, self.result = instance, result
        self.schools, self.students = instance["schools"], instance["students"]
        self.assignment, self.seats = result["assignment"], result["seats"]
        self.travel_only = instance["mechanism"] == "min_travel"
        self.faults = []
        self.rank = self.lottery_ranks()
        self.classes = {
            school: {student: at for at, members in enumerate(body["priority"]) for student in members}
            for school, body in self.schools.items()
            if "priority" in body
        }
        self.wishes = {student: self.wishes_of(student) for student in self.students}

    def fault(self, text: str) -> None:
        self.faults.append(text)

    def lottery_numbers(self) -> Dict[str, int]:
        """Each student's number, or nothing where the instance has no lottery."""
        lottery = self.instance.get("lottery", {})
        if "seed" in lottery:
            key = bytes.fromhex(lottery["seed"])
            return {
                student: int.from_bytes(hmac.new(key, student.encode(), hashlib.sha256).digest(), "big")
                for student in self.students
            }
        return {student: int(number) for student, number in lottery.get("numbers", {}).items()}

    def lottery_ranks(self) -> Dict[str, int]:
        """A strict order: by number, inside a sibling group the earlier first, by id without a lottery."""
        numbers = self.lottery_numbers()
        elder = {one: at for group in self.instance.get("siblings", []) for at, one in enumerate(group)}
        order = sorted(self.students, key=lambda one: (numbers.get(one, 0), elder.get(one, 0), one))
        return {student: at for at, student in enumerate(order)}

    def guaranteed(self, student: str) -> Optional[str]:
        return self.students[student].get("guaranteed")

    def value(self, student: str, school: str) -> Any:
        """Class, or minus the score after the penalty; None where not eligible. Lower is better."""
        body = self.schools[school]
        if "priority" in body:
            value = self.classes[school].get(student)
        elif "scores" in body:
            value = None
            if student in body["scores"]:
                steps = body.get("rank_penalty", [0])
                listed = self.students[student].get("preferences", [])
                place = listed.index(school) if school in listed else len(listed)
                value = Decimal(steps[min(place, len(steps) - 1)]) - Decimal(body["scores"][student])
        else:
            value = 0
        if value is None and self.guaranteed(student) == school:
            return NO_CLASS
        return value

    def wishes_of(self, student: str) -> List[str]:
        """Eligible preferences, best first, then the guaranteed school where it is not listed."""
        listed = list(self.students[student].get("preferences", []))
        safe = self.guaranteed(student)
        if safe is not None and safe not in listed:
            listed.append(safe)
        return [school for school in listed if self.value(student, school) is not None]

    def key(self, student: str, school: str) -> Tuple[bool, Any, int]:
        """The school's strict order: guaranteed students first, then the value, then the lottery."""
        return (self.guaranteed(student) != school, self.value(student, school), self.rank[student])

    def open_types(self, student: str, school: str) -> List[int]:
        """The seat types of a school that the student may take, by position."""
        groups = set(self.students[student].get("groups", []))
        types = self.schools[school].get("seat_types", [{}])
        return [
            at for at, kind in enumerate(types) if not kind.get("open_to") or groups & set(kind["open_to"])
        ]

    def choose(self, school: str, asking: Set[str]) -> Dict[str, str]:
        """Return {student: seat type} of those whom the school takes among all who ask."""
        body = self.schools[school]
        order = sorted(asking, key=lambda one: self.key(one, school))
        if "seat_types" in body:
            return self.choose_by_type(school, order)
        if body.get("ties", "lottery") == "lottery":
            return dict.fromkeys(order[: body["capacity"]], "open")
        taken, at = [], 0
        while at < len(order):
            level = self.key(order[at], school)[: 1 if self.guaranteed(order[at]) == school else 2]
            members = [one for one in order[at:] if self.key(one, school)[: len(level)] == level]
            if body["ties"] == "none" and len(taken) + len(members) > body["capacity"]:
                break
            if body["ties"] == "all" and len(taken) >= body["capacity"]:
                break
            taken += members
            at += len(members)
        return dict.fromkeys(taken, "open")

    def choose_by_type(self, school: str, order: List[str]) -> Dict[str, str]:
        """Fill seat types in turn; seats that soft types leave over go last, to anyone."""
        types = self.schools[school]["seat_types"]
        room = [kind["seats"] for kind in types]
        handed = self.hand_over(school, room)
        taken = {}
        for student in order:
            for at in self.open_types(student, school):
                if room[at]:
                    room[at] -= 1
                    taken[student] = types[at]["name"]
                    break
        left = handed + sum(seats for seats, kind in zip(room, types) if not kind.get("hard"))
        for student in [one for one in order if one not in taken][:left]:
            taken[student] = "returned"
        return taken

    def hand_over(self, school: str, room: List[int]) -> int:
        """Keep soft seats, of the last type first, for guaranteed students whom no type has room for."""
        safe = [one for one in self.students if self.guaranteed(one) == school]
        left, outside, handed = list(room), 0, 0
        for student in sorted(safe, key=lambda one: self.key(one, school)):
            fitting = [at for at in self.open_types(student, school) if left[at]]
            if fitting:
                left[fitting[0]] -= 1
            else:
                outside += 1
        for at in reversed(range(len(room))):
            if not self.schools[school]["seat_types"][at].get("hard"):
                lowered = min(left[at], outside - handed)
                room[at] -= lowered
                handed += lowered
        return handed

    def deferred_acceptance(self) -> Dict[str, Tuple[str, str]]:
        """Return {student: (school, seat type)}: students ask in turn, schools keep the best of all who ever asked."""
        asked = {school: set() for school in self.schools}
        turn = dict.fromkeys(self.students, 0)
        for student, wishes in self.wishes.items():
            if wishes:
                asked[wishes[0]].add(student)
        kept = {school: {} for school in self.schools}
        changed = set(self.schools)
        while changed:
            school = min(changed)
            changed.remove(school)
            kept[school] = self.choose(school, asked[school])
            for student in asked[school]:
                wishes = self.wishes[student]
                if (
                    turn[student] < len(wishes)
                    and wishes[turn[student]] == school
                    and student not in kept[school]
                ):
                    turn[student] += 1
                    if turn[student] < len(wishes):
                        asked[wishes[turn[student]]].add(student)
                        changed.add(wishes[turn[student]])
        return {
            student: (wishes[turn[student]], kept[wishes[turn[student]]][student])
            for student, wishes in self.wishes.items()
            if turn[student] < len(wishes)
        }

    def stage(self, student: str) -> Optional[str]:
        return self.seats.get(student, {}).get("stage")

    def first_stage_school(self, student: str) -> Optional[str]:
        """The school that the student has by choice, None for those placed afterwards or left without a seat."""
        return None if self.stage(student) == "placed" else self.assignment[student]

    def run(self) -> List[str]:
        """Carry out every check and return the faults."""
        if hashlib.sha256(canonical(self.instance).encode()).hexdigest() != self.result["instance_sha256"]:
            return ["instance_sha256: the result belongs to another instance"]
        self.check_seats()
        if self.faults:
            return self.faults
        mechanism, siblings = self.instance["mechanism"], self.instance.get("siblings")
        if not self.travel_only:
            self.check_wishes()
            self.check_lines()
            if not siblings:
                self.check_blocking_pairs()
        if mechanism == "deferred_acceptance" and not siblings:
            self.check_again()
        if self.travel_only or self.instance.get("place_everyone"):
            self.check_exchanges()
            self.check_shortage()
        return self.faults

    def check_seats(self) -> None:
        """Everyone stands in the result once; nobody sits where the rules do not allow; no seat is given twice."""
        if set(self.assignment) != set(self.students):
            self.fault("assignment: the students are not those of the instance")
            return
        inside = {school: [] for school in self.schools}
        for student, school in self.assignment.items():
            if (school is None) != (student not in self.seats):
                self.fault(
                    f"seats: student {student!r} has a school without a seat or a seat without a school"
                )
            elif school is not None and school not in self.schools:
                self.fault(f"assignment: there is no school {school!r}")
            elif school is not None:
                inside[school].append(student)
                if self.value(student, school) is None:
                    self.fault(f"feasible: student {student!r} is not eligible at {school!r}")
                if (self.stage(student) == "guaranteed") != (self.guaranteed(student) == school):
                    self.fault(f"seats: the stage of student {student!r} does not fit the guarantee")
                by_travel = self.travel_only or self.stage(student) == "placed"
                if by_travel and school not in self.students[student].get("travel_s", {}):
                    self.fault(f"feasible: student {student!r} cannot reach {school!r}")
        for school, members in inside.items():
            self.check_school(school, members)

    def check_school(self, school: str, members: List[str]) -> None:
        """Seats of one school, together and by type."""
        body = self.schools[school]
        added = 0
        if self.instance.get("sibling_rule") == "plus_one":
            extra = [one for one in members if self.stage(one) == "siblings"]
            added = len(extra)
            members = [one for one in members if one not in extra]
        if added > 1 or (len(members) > body["capacity"] and body.get("ties") != "all"):
            self.fault(
                f"feasible: {school!r} has {len(members) + added} students on {body['capacity']} seats"
            )
        for at, kind in enumerate(body.get("seat_types", [])):
            here = [one for one in members if self.seats[one]["seat_type"] == kind["name"]]
            if len(here) > kind["seats"] or any(at not in self.open_types(one, school) for one in here):
                self.fault(f"feasible: the {kind['name']!r} seats of {school!r} are not given as they may be")

    def check_wishes(self) -> None:
        """A seat by choice was asked for, and nobody is below a guaranteed seat."""
        for student, wishes in self.wishes.items():
            got, safe = self.first_stage_school(student), self.guaranteed(student)
            if got is not None and got not in wishes:
                self.fault(f"individually_rational: student {student!r} never asked for {got!r}")
            if safe is not None and (got is None or wishes.index(got) > wishes.index(safe)):
                self.fault(f"individually_rational: student {student!r} lost the guaranteed seat at {safe!r}")

    def wanting(self, school: str) -> Tuple[Set[str], Set[str]]:
        """Those who have the school by choice, and those who prefer it to what they have."""
        have = {one for one in self.students if self.first_stage_school(one) == school}
        want = set()
        for student, wishes in self.wishes.items():
            got = self.first_stage_school(student)
            better = wishes[: wishes.index(got)] if got is not None else wishes
            if school in better:
                want.add(student)
        return have, want

    def check_blocking_pairs(self) -> None:
        """Count students whom a school would choose and who would rather be there."""
        count = 0
        for school in self.schools:
            have, want = self.wanting(school)
            count += len((self.choose(school, have | want).keys() - have) if want else ())
        if count != self.result["checks"].get("blocking_pairs"):
            self.fault(f"blocking_pairs: there are {count}")

    def check_again(self) -> None:
        """The whole first stage once more."""
        found = self.deferred_acceptance()
        for student in self.students:
            got = self.first_stage_school(student)
            stated = None if got is None else (got, self.seats[student]["seat_type"])
            if stated != found.get(student):
                self.fault(f"assignment: student {student!r} should have {found.get(student)}, not {stated}")

    def check_lines(self) -> None:
        """The last admitted of every seat type, and how many sit there."""
        for school in self.schools:
            types = self.result["cutoffs"].get(school, {})
            inside = [one for one, got in self.assignment.items() if got == school]
            if sum(line["admitted"] for line in types.values()) != len(inside):
                self.fault(f"cutoffs: {school!r} does not count its {len(inside)} students")
            for name, line in types.items():
                here = [
                    one
                    for one in inside
                    if self.seats[one]["seat_type"] == name and self.stage(one) == "choice"
                ]
                last = line["last"]
                if (last is None) != (not here):
                    self.fault(f"cutoffs: the {name!r} line of {school!r} does not fit its students")
                elif last is not None:
                    worst = max(self.value(one, school) for one in here)
                    stated = Decimal(last["class"]) if "class" in last else -Decimal(last["score"])
                    if stated != worst:
                        self.fault(f"cutoffs: the last of {name!r} at {school!r} is not {last}")

    def travel_pairs(self) -> Tuple[Dict[str, Dict[Place, Cost]], Dict[Place, int]]:
        """Return {student: {place: (cost, ...)}} and the free seats per place for the stage that looks at travel.

        A place is a school, or a school and a hard seat type.
        """
        late = [one for one in self.students if self.travel_only or self.first_stage_school(one) is None]
        free = {}
        for school, body in self.schools.items():
            others = [one for one, got in self.assignment.items() if got == school and one not in set(late)]
            left = max(0, body["capacity"] - len(others))
            for at, kind in enumerate(body.get("seat_types", [])):
                if kind.get("hard"):
                    used = sum(self.seats[one]["seat_type"] == kind["name"] for one in others)
                    free[school, at] = max(0, kind["seats"] - used)
                    left -= free[school, at]
            free[school, None] = left
        pairs = {student: {} for student in late}
        for student in late:
            travel = self.students[student].get("travel_s", {})
            far = self.students[student].get("beyond_ceiling", [])
            safe = self.guaranteed(student)
            for school, seconds in travel.items():
                value = self.value(student, school)
                if value is None or (safe is not None and seconds > travel[safe]):
                    continue
                if value == NO_CLASS:
                    value = len(self.schools[school]["priority"])
                cost = ((value,) if self.travel_only else ()) + (int(school in far), seconds)
                hard = [at for _, at in free if _ == school and at in self.open_types(student, school)]
                for at in [None, *hard]:
                    if (school, at) in free:
                        pairs[student][school, at] = cost
        return pairs, free

    def place_of(self, student: str, free: Dict[Place, int]) -> Place:
        """The place that a student has."""
        school = self.assignment[student]
        names = [kind["name"] for kind in self.schools[school].get("seat_types", [])]
        name = self.seats[student]["seat_type"]
        at = names.index(name) if name in names else None
        return (school, at) if (school, at) in free else (school, None)

    def check_exchanges(self) -> None:
        """No chain of moves seats one more student, and no cycle of moves lowers the aims.

        Moves between two places are condensed to the cheapest; Bellman and Ford find a cycle that lowers the cost.
        """
        pairs, free = self.travel_pairs()
        zero = (0, 0, 0) if self.travel_only else (0, 0)
        moves, load = {}, dict.fromkeys(free, 0)
        for student, options in pairs.items():
            here, paid = "no seat", zero
            if self.assignment[student] is not None:
                here = self.place_of(student, free)
                load[here] += 1
                if here not in options:
                    self.fault(f"feasible: student {student!r} may not be placed at {here[0]!r}")
                    return
                paid = options[here]
                if self.guaranteed(student) is None:
                    options = {**options, "no seat": zero}
            for there, cost in options.items():
                change = tuple(new - old for new, old in zip(cost, paid))
                moves[here, there] = min(moves.get((here, there), change), change)
        for place in free:
            if load[place] < free[place]:
                moves[place, "empty seat"] = zero
            if load[place]:
                moves["empty seat", place] = zero
        reached = {"no seat"}
        while True:
            wider = reached | {there for here, there in moves if here in reached and here != "empty seat"}
            if wider == reached:
                break
            reached = wider
        if "empty seat" in reached:
            self.fault("optimal: one more student could have a seat")
            return
        nodes = {node for move in moves for node in move}
        price = dict.fromkeys(nodes, zero)
        for _ in range(len(nodes) + 1):
            lower = False
            for (here, there), change in moves.items():
                through = tuple(one + two for one, two in zip(price[here], change))
                if through < price[there]:
                    price[there], lower = through, True
            if not lower:
                return
        self.fault("optimal: exchanges would lower the aims")

    def check_shortage(self) -> None:
        """The listed students can sit only at the listed schools, and those have so many seats too few."""
        shortage = self.result["shortage"]
        without = [one for one, school in self.assignment.items() if school is None]
        if (shortage is None) != (not without):
            self.fault("shortage: it must be stated exactly where somebody has no seat")
            return
        if shortage is None:
            return
        pairs, free = self.travel_pairs()
        if shortage["scope"] == "free_seats":
            reach = {one: set(pairs.get(one, {})) for one in shortage["students"]}
        else:
            reach = {one: self.places_anywhere(one, free) for one in shortage["students"]}
            free = self.all_seats(free)
        places = set().union(*reach.values())
        if {school for school, _ in places} != set(shortage["schools"]):
            self.fault("shortage: the listed schools are not those that the listed students can reach")
        missing = len(reach) - sum(free[place] for place in places)
        if missing != shortage["missing_seats"] or missing <= 0:
            self.fault(f"shortage: {missing} seats are missing, not {shortage['missing_seats']}")

    def places_anywhere(self, student: str, free: Dict[Place, int]) -> Set[Place]:
        """Every place that a student might be given in any allocation at all."""
        travel = self.students[student].get("travel_s", {})
        schools = set(travel)
        safe = self.guaranteed(student)
        if self.travel_only:
            schools = {school for school in travel if safe is None or travel[school] <= travel[safe]}
        else:
            schools |= set(self.wishes[student])
        eligible = {school for school in schools if self.value(student, school) is not None}
        return {
            (school, at)
            for school, at in free
            if school in eligible and (at is None or at in self.open_types(student, school))
        }

    def all_seats(self, free: Dict[Place, int]) -> Dict[Place, int]:
        """The seats of every place when nobody has one yet; over-full schools count as full."""
        seats = {}
        for school, body in self.schools.items():
            load = sum(got == school for got in self.assignment.values())
            hard = 0
            for at, kind in enumerate(body.get("seat_types", [])):
                if (school, at) in free:
                    seats[school, at] = kind["seats"]
                    hard += kind["seats"]
            seats[school, None] = max(body["capacity"], load) - hard
        return seats


def read(path: str) -> Dict[str, Any]:
    """Read a JSON file with exact decimals; a key that stands twice is refused."""

    def members(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key stands twice in one object")
        return dict(pairs)

    with open(path, encoding="utf-8") as file:
        return normal(json.load(file, parse_float=Decimal, object_pairs_hook=members))


def main(arguments: List[str]) -> int:
    """Check the two files named on the command line."""
    if len(arguments) != 2:
        print("usage: python3 standalone.py INSTANCE.json RESULT.json", file=sys.stderr)
        return 2
    try:
        instance, result = (read(path) for path in arguments)
        faults = Check(instance, result).run()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"the files cannot be read as an instance and its result: {error!r}", file=sys.stderr)
        return 2
    for fault in faults:
        print(fault)
    if not faults:
        print("all properties hold")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
