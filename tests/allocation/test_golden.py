"""The town's result stays the same to the byte; a change of solver must show here and be reviewed."""

from allocation import read_instance, read_result, solve, verify
from allocation.gate import check_release
from tests.allocation.golden import INSTANCE, RESULT


def test_the_town_comes_out_as_published_to_the_byte() -> None:
    instance = read_instance(INSTANCE)
    result = solve(instance)
    assert result.to_bytes() == RESULT.read_bytes()
    assert check_release(instance, result).is_open


def test_the_town_holds_every_kind_of_seat() -> None:
    result = read_result(RESULT)
    assert verify(read_instance(INSTANCE), result) == []
    assert {seat["stage"] for seat in result.seats.values()} == {"guaranteed", "choice", "siblings", "placed"}
    assert {seat["seat_type"] for seat in result.seats.values()} >= {"open", "policy", "general"}
    assert result.shortage is not None
    assert any(line["lottery_decided"] for types in result.cutoffs.values() for line in types.values())
