"""Use cases of runs: request, carry out, look, compare, approve, publish.

``carry_out`` is the spine: freeze the round into an instance, call one pure function, check its answer with
independent code, explain it, store everything with its hashes. A run with a fault can never be approved, and the
officer who asked for a run cannot approve it.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import Engine, insert, select, update
from sqlmodel import Session

import allocation
from admissions.allocation_runs.cutoffs import cutoffs_of_run
from admissions.allocation_runs.freeze import ClassKey, FrozenRound, build_instance, freeze_round
from admissions.allocation_runs.indicators import indicators
from admissions.allocation_runs.reasons import reasons_of_run
from admissions.allocation_runs.rules import RunEvent, RunState, next_run_state
from admissions.allocation_runs.tables import AllocationRun, RunReason
from admissions.allocation_runs.views import Comparison, RunPage, RunRow, SchoolOutcome
from admissions.audit.service import Act, Action, record
from admissions.errors import NotFound, NotPermitted, NotReady
from admissions.i18n import gettext as _
from admissions.officers.service import APPROVERS, RUNNERS, SignedInOfficer
from admissions.officers.tables import Officer
from admissions.queue import RUN_ALLOCATION, defer
from admissions.rounds.policy import policy_from_mapping
from admissions.rounds.rules import Phase
from admissions.rounds.service import close_round, get_round
from admissions.rounds.tables import PolicyVersion, Round
from admissions.rounds.travel import prepare_homes
from admissions.schools.service import list_site_titles
from allocation.gate import check_release
from data.clock import VIETNAM, Clock
from data.db import transaction
from data.vault import Vault

log = structlog.get_logger()

MECHANISMS = ("deferred_acceptance", "min_travel")
BATCH = 2000


def request_run(
    session: Session,
    *,
    round_id: int,
    mechanism: str,
    officer: SignedInOfficer,
    now: datetime,
    defer_job: bool = True,
) -> int:
    """Ask for a run and return its id; a worker carries it out. The first run after the deadline closes the round.

    Raises:
        NotPermitted: the officer's role does not run allocations, or not for these communes.
        NotReady: the round still takes applications, or its results are published.
    """
    round_ = get_round(session, round_id=round_id)
    if officer.role not in RUNNERS:
        raise NotPermitted(_("Chỉ cán bộ tuyển sinh được chạy phân bổ."))
    require_scope(officer, round_)
    if mechanism not in MECHANISMS:
        raise NotFound("mechanism", mechanism)
    if Phase(round_.phase) is Phase.PUBLISHED:
        close_round(session, round_id=round_id, actor=officer.actor, now=now)
    elif Phase(round_.phase) is not Phase.CLOSED:
        raise NotReady(_("Đợt này đã công bố kết quả nên không chạy lại được."))
    run = AllocationRun(
        round_id=round_id, mechanism=mechanism, state=RunState.QUEUED, policy_version_id=round_.policy_version_id,
        requested_by=officer.id, requested_at=now,
    )  # fmt: skip
    session.add(run)
    session.flush()
    assert run.id is not None
    record(
        session, Act(f"run:{run.id}", officer.actor, Action.RUN_REQUESTED, {"mechanism": mechanism}), at=now
    )
    if defer_job:
        defer(session, RUN_ALLOCATION, run_id=run.id)
    return run.id


def require_scope(officer: SignedInOfficer, round_: Round) -> None:
    """Refuse when the round reaches beyond the officer's communes (none named: the whole province).

    Raises:
        NotPermitted: it does.
    """
    if officer.communes and not set(round_.communes) <= set(officer.communes):
        raise NotPermitted(_("Đợt này gồm xã ngoài phạm vi của anh/chị. Hãy liên hệ Sở Giáo dục và Đào tạo."))


def carry_out(engine: Engine, *, run_id: int, vault: Vault, clock: Clock) -> None:
    """Carry out a requested run. Repeating it after a crash starts again from the same frozen pool."""
    with transaction(engine) as session:
        run = _locked(session, run_id)
        if RunState(run.state) not in (RunState.QUEUED, RunState.RUNNING):
            return
        run.state = next_run_state(RunState(run.state), RunEvent.START)
        session.add(run)
        mechanism = run.mechanism
    try:
        solved = _solve_with_ways_enough(engine, run_id, mechanism, vault, clock)
        values = _values_to_store(solved, mechanism)
    except allocation.AllocationError as wrong:
        log.error("run_failed", run=run_id, cause=str(wrong))
        _store_failure(engine, run_id, str(wrong), clock())
        return
    with transaction(engine) as session:
        run = _locked(session, run_id)
        if RunState(run.state) is not RunState.RUNNING:
            return  # another worker took the same job and was quicker; both came to the same bytes
        run.state = next_run_state(RunState(run.state), RunEvent.FINISH)
        run.finished_at = clock()
        for name, value in values.items():
            setattr(run, name, value)
        session.add(run)
        session.flush()
        reasons = reasons_of_run(solved.frozen, solved.class_keys, solved.instance, solved.answer)
        _store_reasons(session, run_id, reasons)
        details = {key: values[key] for key in ("instance_sha256", "result_sha256")}
        record(session, Act(f"run:{run_id}", "system", Action.RUN_FINISHED, details), at=clock())
    log.info("run_finished", run=run_id, faults=len(values["faults"]))


@dataclass(frozen=True)
class Solved:
    """A frozen round with its instance and the solver's answer."""

    frozen: FrozenRound
    class_keys: dict[str, list[ClassKey]]
    instance_bytes: bytes
    instance: allocation.Instance
    answer: allocation.Result


def _solve_with_ways_enough(
    engine: Engine, run_id: int, mechanism: str, vault: Vault, clock: Clock
) -> Solved:
    """Freeze and solve; where the nearest schools cannot seat everyone, look farther and solve again.

    A child starts with the policy's number of nearest schools. Children in the shortage get the ways to every school
    of the round, so that nobody stays without a seat only because the list of candidates was short. Each repetition
    widens children that were not widened before, so it ends.
    """
    widened: set[str] = set()
    while True:
        with transaction(engine) as session:
            run = get_run(session, run_id=run_id)
            round_ = get_round(session, round_id=run.round_id)
            policy = policy_from_mapping(session.get_one(PolicyVersion, run.policy_version_id).body)
            seed = vault.decrypt(bytes.fromhex(round_.lottery_seed_cipher))
            day = clock().astimezone(VIETNAM).date()
            frozen = freeze_round(session, round_=round_, policy=policy, lottery_seed=seed, on=day)
        body, class_keys = build_instance(frozen, mechanism=mechanism)
        instance_bytes = allocation.canonical_json(body)
        instance = allocation.read_instance(instance_bytes)
        answer = allocation.solve(instance)
        short = set((answer.shortage or {}).get("students", ())) - widened
        homes = {
            one.home_id
            for one in frozen.applications
            if one.receipt_id in short and one.home_id is not None and len(one.ways) < len(frozen.sites)
        }
        if not homes:
            return Solved(frozen, class_keys, instance_bytes, instance, answer)
        widened |= short
        log.info("run_looks_farther", run=run_id, homes=len(homes))
        with transaction(engine) as session:
            prepare_homes(
                session, round_=round_, policy=policy, homes=sorted(homes), nearest=len(frozen.sites)
            )


def _values_to_store(solved: Solved, mechanism: str) -> dict[str, Any]:
    """Return what is stored of a run besides the reasons."""
    result_bytes = solved.answer.to_bytes()
    result = json.loads(result_bytes)
    figures = indicators(solved.frozen, result)
    if mechanism != "deferred_acceptance":
        figures["blocking_pairs"] = _envy(solved.frozen, result["assignment"])
    return {
        "instance": zlib.compress(solved.instance_bytes),
        "instance_sha256": hashlib.sha256(solved.instance_bytes).hexdigest(),
        "result": zlib.compress(result_bytes),
        "result_sha256": hashlib.sha256(result_bytes).hexdigest(),
        "faults": list(check_release(solved.instance, solved.answer).faults),
        "indicators": figures,
        "class_keys": {code: [list(key) for key in keys] for code, keys in solved.class_keys.items()},
    }


def _envy(frozen: FrozenRound, assignment: Mapping[str, str | None]) -> int:
    """Return how many children a school would prefer, by the round's own order, to those an assignment gives it."""
    body, _keys = build_instance(frozen, mechanism="deferred_acceptance")
    instance = allocation.instance_from_dict(body)
    return len(allocation.blocking_pairs(instance, assignment))


def _store_reasons(
    session: Session, run_id: int, reasons: Iterable[tuple[int, list[dict[str, Any]]]]
) -> None:
    rows: list[dict[str, Any]] = []
    for application_id, schools in reasons:
        rows.append({"run_id": run_id, "application_id": application_id, "schools": schools})
        if len(rows) == BATCH:
            session.execute(insert(RunReason), rows)
            rows = []
    if rows:
        session.execute(insert(RunReason), rows)


def _store_failure(engine: Engine, run_id: int, cause: str, now: datetime) -> None:
    with transaction(engine) as session:
        run = _locked(session, run_id)
        run.state = next_run_state(RunState(run.state), RunEvent.FAIL)
        run.failure, run.finished_at = cause, now
        session.add(run)


def _locked(session: Session, run_id: int) -> AllocationRun:
    run = session.get(AllocationRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound("run", run_id)
    return run


def list_runs(session: Session, *, round_id: int) -> list[RunRow]:
    """Return the runs of a round, the newest first."""
    runs = session.scalars(
        select(AllocationRun).where(AllocationRun.round_id == round_id).order_by(AllocationRun.id.desc())
    ).all()
    names = _officer_names(session, runs)
    return [_row(run, names) for run in runs]


def _officer_names(session: Session, runs: Sequence[AllocationRun]) -> dict[int | None, str]:
    ids = {
        key
        for run in runs
        for key in (run.requested_by, run.approved_by, run.published_by)
        if key is not None
    }
    return dict(session.execute(select(Officer.id, Officer.full_name).where(Officer.id.in_(ids))).all())


def _row(run: AllocationRun, names: Mapping[int | None, str]) -> RunRow:
    assert run.id is not None
    return RunRow(
        run.id, run.mechanism, RunState(run.state), names[run.requested_by], run.requested_at, run.finished_at,
        names.get(run.approved_by), run.approved_at, names.get(run.published_by), run.published_at,
        run.indicators, run.faults, run.failure,
    )  # fmt: skip


def get_run(session: Session, *, run_id: int) -> AllocationRun:
    """Return a run's row.

    Raises:
        NotFound: no such run.
    """
    run = session.get(AllocationRun, run_id)
    if run is None:
        raise NotFound("run", run_id)
    return run


def get_run_page(session: Session, *, run_id: int, officer: SignedInOfficer) -> RunPage:
    """Return a run as ``officer`` sees it."""
    run = get_run(session, run_id=run_id)
    round_ = get_round(session, round_id=run.round_id)
    stored = session.get_one(PolicyVersion, run.policy_version_id)
    policy = policy_from_mapping(stored.body)
    by_school = (run.indicators or {}).get("schools", {})
    titles = list_site_titles(session, site_codes=list(by_school))
    cutoffs = cutoffs_of_run(run, policy)
    refusal = _refusal(run, round_, officer)
    state = RunState(run.state)
    return RunPage(
        run=_row(run, _officer_names(session, [run])),
        round_id=run.round_id,
        policy_name=stored.name,
        policy_sha256=stored.sha256,
        instance_sha256=run.instance_sha256,
        result_sha256=run.result_sha256,
        lottery_commitment=round_.lottery_commitment,
        schools=[
            SchoolOutcome(
                code, titles[code], one["seats"], one["first_choices"], one["admitted"], cutoffs.get(code)
            )
            for code, one in sorted(by_school.items(), key=lambda item: titles[item[0]])
        ],
        may_approve=state is RunState.DONE and refusal is None,
        may_publish=state is RunState.APPROVED and refusal is None,
        refusal=refusal,
    )


def _refusal(run: AllocationRun, round_: Round, officer: SignedInOfficer) -> str | None:
    """Return why ``officer`` may not take the run's next step, or None."""
    state = RunState(run.state)
    if state not in (RunState.DONE, RunState.APPROVED):
        return None
    if run.faults:
        return _("Bước kiểm tra độc lập thấy lỗi trong phương án này nên không duyệt được. Hãy báo kỹ thuật.")
    if Phase(round_.phase) is Phase.RESULTS_PUBLISHED:
        return _("Đợt này đã công bố một phương án khác.")
    if state is RunState.DONE and officer.id == run.requested_by:
        return _("Anh/chị là người chạy phương án này. Phải có người khác duyệt.")
    if officer.role not in APPROVERS:
        return _("Chỉ lãnh đạo được duyệt và công bố. Hãy báo lãnh đạo xem phương án.")
    if officer.communes and not set(round_.communes) <= set(officer.communes):
        return _("Đợt này gồm xã ngoài phạm vi của anh/chị.")
    return None


def approve(session: Session, *, run_id: int, officer: SignedInOfficer, now: datetime) -> None:
    """Approve a finished run.

    Raises:
        NotPermitted: this officer may not: ran it, has no such role or scope, or the run has faults.
        IllegalTransition: the run is not waiting for approval.
    """
    run = _locked(session, run_id)
    round_ = get_round(session, round_id=run.round_id)
    state = next_run_state(RunState(run.state), RunEvent.APPROVE)
    refusal = _refusal(run, round_, officer)
    if refusal is not None:
        raise NotPermitted(refusal)
    run.state, run.approved_by, run.approved_at = state, officer.id, now
    session.add(run)
    session.flush()
    details = {"result_sha256": run.result_sha256}
    record(session, Act(f"run:{run_id}", officer.actor, Action.RUN_APPROVED, details), at=now)


def mark_published(
    session: Session, *, run_id: int, officer: SignedInOfficer, now: datetime
) -> AllocationRun:
    """Move an approved run to PUBLISHED and its round with it; the caller writes offers and messages beside it.

    Raises:
        NotPermitted: this officer may not publish.
        NotReady: the announced day has not come.
        IllegalTransition: the run is not approved, or the round is not closed.
    """
    run = _locked(session, run_id)
    round_ = session.scalars(select(Round).where(Round.id == run.round_id).with_for_update()).one()
    state = next_run_state(RunState(run.state), RunEvent.PUBLISH)
    refusal = _refusal(run, round_, officer)
    if refusal is not None:
        raise NotPermitted(refusal)
    if now < round_.results_at:
        raise NotReady(_("Chưa đến ngày công bố đã hẹn với phụ huynh."))
    run.state, run.published_by, run.published_at = state, officer.id, now
    session.add(run)
    session.execute(update(Round).where(Round.id == round_.id).values(phase=Phase.RESULTS_PUBLISHED))
    session.flush()
    return run


def compare_runs(session: Session, *, first_id: int, second_id: int) -> Comparison:
    """Return two finished runs of one round side by side.

    Raises:
        NotFound: no such run.
        NotReady: a run is not finished, or they are of different rounds.
    """
    first, second = get_run(session, run_id=first_id), get_run(session, run_id=second_id)
    if first.round_id != second.round_id or first.result is None or second.result is None:
        raise NotReady(_("Chỉ so sánh được hai phương án đã chạy xong của cùng một đợt."))
    names = _officer_names(session, [first, second])
    before, after = (_assignment(run) for run in (first, second))
    ways, ranks = _ways_and_ranks(first, second)
    both = [key for key in before if before[key] is not None and after[key] is not None]
    way_change = [ways[key].get(after[key], 0) - ways[key].get(before[key], 0) for key in both]
    last = 1000
    rank_change = [ranks[key].get(after[key], last) - ranks[key].get(before[key], last) for key in both]
    figures = [(run.indicators or {})["schools"] for run in (first, second)]
    differing = [code for code in figures[0] if figures[0][code]["admitted"] != figures[1][code]["admitted"]]
    titles = list_site_titles(session, site_codes=differing)
    return Comparison(
        first=_row(first, names),
        second=_row(second, names),
        changed=sum(before[key] != after[key] for key in before),
        nearer=sum(change < 0 for change in way_change),
        farther=sum(change > 0 for change in way_change),
        preferred=sum(change < 0 for change in rank_change),
        worse=sum(change > 0 for change in rank_change),
        schools=sorted(
            (titles[code], figures[0][code]["admitted"], figures[1][code]["admitted"]) for code in differing
        ),
    )


def _assignment(run: AllocationRun) -> dict[str, str | None]:
    assert run.result is not None
    return json.loads(zlib.decompress(run.result))["assignment"]


def _ways_and_ranks(
    first: AllocationRun, second: AllocationRun
) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """Return travel seconds and preference ranks by receipt id and school, as both froze the same pool."""
    ways: dict[str, dict[str, int]] = {}
    ranks: dict[str, dict[str, int]] = {}
    for run in (first, second):
        assert run.instance is not None
        for key, student in json.loads(zlib.decompress(run.instance))["students"].items():
            ways[key] = student["travel_s"]
            ranks[key] = {school: rank for rank, school in enumerate(student["preferences"], start=1)}
    return ways, ranks


def export_run(session: Session, *, run_id: int) -> tuple[bytes, bytes]:
    """Return the canonical bytes of instance and result, for anyone who wants to repeat and verify the run.

    Raises:
        NotReady: the run is not finished.
    """
    run = get_run(session, run_id=run_id)
    if run.instance is None or run.result is None:
        raise NotReady(_("Phương án chưa chạy xong."))
    return zlib.decompress(run.instance), zlib.decompress(run.result)
