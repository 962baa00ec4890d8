"""Brothers and sisters as one: an exact search by CP-SAT, for communes, where a stable outcome may not exist.

A group prefers being together at a common school, in the eldest's order, to being apart; apart, each member
prefers by the own list. Two things block an outcome: a student who prefers a school that would choose the student,
and a group that prefers a common school that would choose every member. Members of a group that is together prefer
nothing singly.
"""

from dataclasses import dataclass, field

import numpy as np
from ortools.sat.python import cp_model

from allocation.errors import InstanceError, SolverError
from allocation.instance import Instance
from allocation.outcome import Outcome, Stage
from allocation.solvers.deferred_acceptance import has_plain_schools, outcome_of_wishes, student_optimal
from allocation.solvers.siblings import Unit, list_units, with_siblings
from allocation.solvers.wishes import Wishes


@dataclass
class _Model:
    """The variables of one search."""

    solver_model: cp_model.CpModel
    takes: list[cp_model.IntVar]
    """Per wish: it comes true."""
    together: list[list[cp_model.IntVar]]
    """Per unit and common school: all members are there."""
    blocks: list[cp_model.IntVar]
    values: list[bool] = field(default_factory=list)


def joint_siblings(instance: Instance, wishes: Wishes) -> Outcome:
    """Return an outcome with, in this order: nobody more unplaced than singly, fewest blocking pairs, most groups
    together, least sum of ranks.

    Raises:
        InstanceError: a school has seat types or takes whole classes; the joint rule needs one strict order.
        SolverError: CP-SAT found no proof of optimality.
    """
    if not has_plain_schools(instance):
        raise InstanceError("$.sibling_rule", "joint takes no seat_types and no ties but lottery")
    units = [unit for unit in list_units(instance, wishes) if unit.schools]
    singly = student_optimal(instance, wishes)
    if not units:
        return singly
    model = _build(instance, wishes, units)
    _require_as_many_placed(model, int(np.count_nonzero(singly.school >= 0)))
    _minimise_in_turn(model, units, wishes, singly)
    return _read(instance, model, units, wishes)


def _build(instance: Instance, wishes: Wishes, units: list[Unit]) -> _Model:
    """State seats, togetherness and what blocks."""
    model = cp_model.CpModel()
    takes = [model.new_bool_var(f"w{wish}") for wish in range(len(wishes.school))]
    for student in range(len(instance.student_ids)):
        model.add_at_most_one(takes[wishes.start[student] : wishes.start[student + 1]])
    by_school: list[list[int]] = [[] for _ in instance.schools]
    for wish in np.lexsort((wishes.key, wishes.school)).tolist():
        by_school[wishes.school[wish]].append(wish)
    together = [_togetherness(model, takes, unit) for unit in units]
    unit_of = {member: number for number, unit in enumerate(units) for member in unit.members}
    for student in np.flatnonzero(instance.guaranteed >= 0).tolist():
        model.add_exactly_one(takes[wishes.start[student] : wishes.start[student + 1]])
    blocks = []
    ahead: dict[int, cp_model.IntVar] = {}
    for school, rows in enumerate(by_school):
        filled = model.new_constant(0)
        for wish in rows:
            ahead[wish] = filled
            counted = model.new_int_var(0, int(instance.capacity[school]), f"n{wish}")
            model.add(counted == filled + takes[wish])
            filled = counted
    for wish in range(len(wishes.school)):
        blocks.append(_student_blocks(model, instance, wishes, takes, ahead, wish, unit_of, together))
    for number, unit in enumerate(units):
        blocks.extend(_unit_blocks(model, instance, wishes, takes, ahead, unit, together[number]))
    return _Model(model, takes, together, blocks)


def _togetherness(model: cp_model.CpModel, takes: list[cp_model.IntVar], unit: Unit) -> list[cp_model.IntVar]:
    flags = []
    for number, members in enumerate(unit.schools):
        flag = model.new_bool_var(f"t{unit.members[0]}_{number}")
        model.add_bool_and([takes[wish] for wish in members]).only_enforce_if(flag)
        model.add_bool_or([~takes[wish] for wish in members]).only_enforce_if(~flag)
        flags.append(flag)
    return flags


def _student_blocks(model, instance, wishes, takes, ahead, wish, unit_of, together) -> cp_model.IntVar:
    """Return whether a student would rather have this wish and the school would choose the student."""
    student = int(wishes.student[wish])
    capacity = int(instance.capacity[wishes.school[wish]])
    block = model.new_bool_var(f"b{wish}")
    content = takes[int(wishes.start[student]) : wish + 1]
    if student in unit_of:
        content = [*content, *together[unit_of[student]]]
    if capacity > 0:
        # Either the student has this or better (or is with siblings), or better students fill the school.
        full = model.new_bool_var(f"f{wish}")
        model.add(ahead[wish] >= capacity).only_enforce_if(full)
        model.add_bool_or([*content, full, block])
    return block


def _unit_blocks(model, instance, wishes, takes, ahead, unit, together) -> list[cp_model.IntVar]:
    """Return, per common school, whether the group would rather be there and the school would choose every member.

    The last member in the school's order is chosen when those ahead, the other members counted in, leave a seat.
    """
    blocks = []
    for number, members in enumerate(unit.schools):
        block = model.new_bool_var(f"g{unit.members[0]}_{number}")
        blocks.append(block)
        last = max(members, key=lambda wish: wishes.key[wish])
        capacity = int(instance.capacity[wishes.school[last]])
        if capacity < len(members):
            continue
        others = [takes[wish] for wish in members if wish != last]
        full = model.new_bool_var(f"h{unit.members[0]}_{number}")
        model.add(ahead[last] - sum(others) + len(others) >= capacity).only_enforce_if(full)
        model.add_bool_or([*together[: number + 1], full, block])
    return blocks


def _require_as_many_placed(model: _Model, placed: int) -> None:
    model.solver_model.add(sum(model.takes) >= placed)


def _minimise_in_turn(model: _Model, units: list[Unit], wishes: Wishes, singly: Outcome) -> None:
    """Fix the best value of each aim before the next; the hint starts from the outcome without siblings."""
    for wish in range(len(wishes.school)):
        held = singly.school[wishes.student[wish]] == wishes.school[wish]
        model.solver_model.add_hint(model.takes[wish], bool(held))
    rank = wishes.place.astype(int) + 1
    aims = [
        sum(model.blocks),
        len(units) - sum(flag for flags in model.together for flag in flags),
        sum(int(rank[wish]) * take for wish, take in enumerate(model.takes)),
    ]
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    for aim in aims:
        model.solver_model.minimize(aim)
        if solver.solve(model.solver_model) != cp_model.OPTIMAL:
            raise SolverError("the joint rule for siblings found no proven optimum")
        model.solver_model.add(aim <= round(solver.objective_value))
        model.solver_model.clear_hints()
        for take in model.takes:
            model.solver_model.add_hint(take, solver.boolean_value(take))
    model.values = [solver.boolean_value(take) for take in model.takes]


def _read(instance: Instance, model: _Model, units: list[Unit], wishes: Wishes) -> Outcome:
    held = np.full(len(instance.student_ids), -1, dtype=np.int64)
    for wish, value in enumerate(model.values):
        if value:
            held[wishes.student[wish]] = wish
    outcome = outcome_of_wishes(wishes, held, np.where(held >= 0, 0, -1).astype(np.int32))
    together = [
        unit.members
        for unit in units
        if len({int(outcome.school[member]) for member in unit.members}) == 1
        and outcome.stage[unit.members[0]] != Stage.NONE
    ]
    return with_siblings(instance, outcome, together)
