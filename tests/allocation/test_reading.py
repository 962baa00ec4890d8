"""What the reader refuses, with the path to the fault, and what it hashes."""

import copy
import hashlib
import json
from decimal import Decimal

import pytest

from allocation import InstanceError, canonical_json, instance_from_dict, instance_sha256, read_instance
from tests.allocation.strategies import Document, document

SOUND = document(
    "deferred_acceptance",
    {
        "A": {"capacity": 1, "priority": [["x"], ["y"]]},
        "B": {"capacity": 2, "scores": {"x": 7.5, "y": 8}, "rank_penalty": [0, 0.5]},
    },
    {
        "x": {"preferences": ["A", "B"], "travel_s": {"A": 60}, "beyond_ceiling": ["A"], "groups": ["g"]},
        "y": {"preferences": ["B"], "guaranteed": "A"},
    },
    lottery={"numbers": {"x": 2, "y": 1}},
    siblings=[["x", "y"]],
    sibling_rule="linked",
    place_everyone=True,
)


def refusal(body: Document) -> InstanceError:
    with pytest.raises(InstanceError) as caught:
        read_instance(json.dumps(body).encode())
    return caught.value


def changed(path: str, value: object) -> Document:
    """The sound instance with one place replaced; ``path`` is dotted."""
    body = copy.deepcopy(SOUND)
    *parents, last = path.split(".")
    place = body
    for part in parents:
        place = place[part]
    place[last] = value
    return body


def test_a_sound_instance_is_read() -> None:
    assert read_instance(json.dumps(SOUND).encode()).student_ids == ("x", "y")


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("format", "dungtuyen-instance/2", "$.format"),
        ("mechanism", "lottery_only", "$.mechanism"),
        ("mechanism", ["min_travel"], "$.mechanism"),
        ("speed", 3, "$.speed"),
        ("schools", [], "$.schools"),
        ("schools.A.seats", 3, "$.schools.A.seats"),
        ("schools.A.capacity", -1, "$.schools.A.capacity"),
        ("schools.A.capacity", 1.5, "$.schools.A.capacity"),
        ("schools.A.capacity", True, "$.schools.A.capacity"),
        ("schools.A.capacity", "1", "$.schools.A.capacity"),
        ("schools.A.capacity", None, "$.schools.A.capacity"),
        ("schools.A.scores", {"x": 1}, "$.schools.A.scores"),
        ("schools.A.priority", [["x"], ["ghost"]], "$.schools.A.priority[1][0]"),
        ("schools.A.priority", [["x"], ["y", "x"]], "$.schools.A.priority[1][1]"),
        ("schools.A.priority", [["x", "x"]], "$.schools.A.priority[0][1]"),
        ("schools.A.priority", [[1]], "$.schools.A.priority[0][0]"),
        ("schools.A.priority", ["x"], "$.schools.A.priority[0]"),
        ("schools.B.scores", {"ghost": 1}, "$.schools.B.scores.ghost"),
        ("schools.B.scores", {"x": 7.00001}, "$.schools.B.scores.x"),
        ("schools.B.scores", {"x": True}, "$.schools.B.scores.x"),
        ("schools.A.rank_penalty", [1], "$.schools.A.rank_penalty"),
        ("schools.A.ties", "coin", "$.schools.A.ties"),
        ("schools.A.seat_types", [{"name": "a", "seats": 2}], "$.schools.A.seat_types"),
        ("schools.A.seat_types", [{"name": "a", "seats": 1, "soft": True}], "$.schools.A.seat_types[0].soft"),
        ("schools.A.seat_types", [{"name": "returned", "seats": 1}], "$.schools.A.seat_types[0].name"),
        ("schools.A.seat_types", [{"name": "a", "seats": 1, "hard": 1}], "$.schools.A.seat_types[0].hard"),
        ("students.x.preferences", ["A", "ghost"], "$.students.x.preferences[1]"),
        ("students.x.preferences", ["A", "A"], "$.students.x.preferences[1]"),
        ("students.x.preferences", ["A", 7], "$.students.x.preferences[1]"),
        ("students.x.preferences", "A", "$.students.x.preferences"),
        ("students.x.travel_s", {"ghost": 1}, "$.students.x.travel_s.ghost"),
        ("students.x.travel_s", {"A": -1}, "$.students.x.travel_s.A"),
        ("students.x.travel_s", {"A": 1.5}, "$.students.x.travel_s.A"),
        ("students.x.travel_s", {"A": True}, "$.students.x.travel_s.A"),
        ("students.x.beyond_ceiling", ["ghost"], "$.students.x.beyond_ceiling[0]"),
        ("students.x.guaranteed", "ghost", "$.students.x.guaranteed"),
        ("students.x.guaranteed", "A", "$.schools.A.capacity"),
        ("students.x.groups", ["g", "g"], "$.students.x.groups[1]"),
        ("students.x.name", "An", "$.students.x.name"),
        ("lottery", {}, "$.lottery"),
        ("lottery", {"seed": "xyz"}, "$.lottery.seed"),
        ("lottery", {"seed": "0"}, "$.lottery.seed"),
        ("lottery", {"seed": 12}, "$.lottery.seed"),
        ("lottery", {"numbers": {"x": 1}}, "$.lottery.numbers.y"),
        ("lottery", {"numbers": {"x": 1, "y": 2, "z": 3}}, "$.lottery.numbers.z"),
        ("lottery", {"numbers": {"x": 1, "y": 1.5}}, "$.lottery.numbers.y"),
        ("lottery", {"numbers": {"x": 1, "y": True}}, "$.lottery.numbers.y"),
        ("siblings", [["x", "ghost"]], "$.siblings[0][1]"),
        ("siblings", [["x"], ["x", "y"]], "$.siblings[1][0]"),
        ("sibling_rule", "apart", "$.sibling_rule"),
        ("place_everyone", 1, "$.place_everyone"),
    ],
)
def test_a_fault_is_refused_with_its_path(path: str, value: object, fault: str) -> None:
    assert refusal(changed(path, value)).path == fault


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        ('{"a": {"b": 1, "b": 2}}', "$.a.b", "twice"),
        ('{"a": [0, NaN]}', "$.a[1]", "NaN"),
        ('{"a": -Infinity}', "$.a", "Infinity"),
        ('{"a": 1e999}', "$.a", "out of range"),
        ('{"a": 1', "$", "not JSON"),
        ('{"\\u00e9": 1, "e\\u0301": 2}', '$["é"]', "twice"),
        ('{"a": "\\ud800"}', "$.a", "surrogate"),
        ("[" * 100_000, "$", "not JSON"),
        ('{"a": ' + "9" * 6000 + "}", "$.a", "out of range"),
    ],
)
def test_what_is_not_sound_json_is_refused(text: str, path: str, reason: str) -> None:
    with pytest.raises(InstanceError) as caught:
        read_instance(text.encode())
    assert caught.value.path == path or reason == "not JSON"
    assert reason in caught.value.reason or "nested" in caught.value.reason


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(InstanceError, match="UTF-8"):
        read_instance(b'{"a": "\xff"}')


def test_keys_that_the_mechanism_does_not_take_are_refused() -> None:
    body = document("min_travel", {"A": {"capacity": 1}}, {"x": {"groups": ["g"]}})
    assert refusal(body).path == "$.students.x.groups"
    body = document("top_trading_cycles", {"A": {"capacity": 1, "ties": "all"}}, {})
    assert refusal(body).path == "$.schools.A.ties"
    body = document("school_proposing", {}, {}, place_everyone=False)
    assert refusal(body).path == "$.place_everyone"


def test_a_lottery_is_asked_for_only_where_two_who_list_the_school_are_tied() -> None:
    schools = {"A": {"capacity": 1, "priority": [["x", "y"]]}}
    both = {"x": {"preferences": ["A"]}, "y": {"preferences": ["A"]}}
    one = {"x": {"preferences": ["A"]}, "y": {"preferences": []}}
    assert refusal(document("deferred_acceptance", schools, both)).path == "$.lottery"
    assert instance_from_dict(document("deferred_acceptance", schools, one)).lottery_numbers is None
    whole = {"A": {**schools["A"], "ties": "all"}}
    assert instance_from_dict(document("deferred_acceptance", whole, both)).lottery_numbers is None


def test_a_penalty_that_makes_scores_equal_calls_for_a_lottery() -> None:
    schools = {
        "A": {"capacity": 1, "scores": {"x": 8, "y": 8.5}, "rank_penalty": [0, 0.5]},
        "B": {"capacity": 1, "scores": {"y": 1}},
    }
    students = {"x": {"preferences": ["A"]}, "y": {"preferences": ["B", "A"]}}
    assert refusal(document("deferred_acceptance", schools, students)).path == "$.lottery"


def test_only_siblings_may_share_a_lottery_number_and_the_elder_comes_first() -> None:
    body = changed("lottery", {"numbers": {"x": 5, "y": 5}})
    body["siblings"] = [["y", "x"]]
    instance = read_instance(json.dumps(body).encode())
    assert instance.lottery_rank.tolist() == [1, 0]
    del body["siblings"]
    assert refusal(body).path == "$.lottery.numbers.y"


def test_a_guarantee_that_hard_seat_types_cannot_honour_is_refused() -> None:
    types = [{"name": "boarders", "seats": 1, "open_to": ["boarder"], "hard": True}]
    body = document(
        "deferred_acceptance", {"A": {"capacity": 1, "seat_types": types}}, {"x": {"guaranteed": "A"}}
    )
    assert refusal(body).path == "$.schools.A.seat_types"


def test_the_hash_is_that_of_the_canonical_json_whatever_the_order_and_writing() -> None:
    text = (
        '{"students": {"Lê": {"preferences": ["B"]}, "An": {}}, "mechanism": "deferred_acceptance",'
        ' "schools": {"B": {"scores": {"Lê": 7.50, "An": 8.0}, "capacity": 2.0}},'
        ' "format": "dungtuyen-instance/1"}'
    )
    canonical = (
        '{"format":"dungtuyen-instance/1","mechanism":"deferred_acceptance",'
        '"schools":{"B":{"capacity":2,"scores":{"An":8,"Lê":7.5}}},'
        '"students":{"An":{},"Lê":{"preferences":["B"]}}}'
    )
    expected = hashlib.sha256(canonical.encode()).hexdigest()
    assert read_instance(text.encode()).sha256 == expected
    assert read_instance(text.replace("ê", "\\u0065\\u0302").encode()).sha256 == expected
    assert instance_sha256(json.loads(canonical)) == expected


def test_canonical_json_writes_numbers_as_shortest_decimals() -> None:
    assert canonical_json({"b": [1.0, 2.50, Decimal("26.2500")], "a": "e\u0301\n"}) == (
        '{"a":"é\\n","b":[1,2.5,26.25]}'.encode()
    )
