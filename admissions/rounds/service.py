"""Use cases of rounds: plan, announce, extend, close, and what the public may see of them."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlmodel import Session

from admissions.applications.rules import COUNTED, Event, State, next_state
from admissions.applications.tables import Application
from admissions.audit.service import Act, Action, record, record_all
from admissions.codes import CodeSource, lottery_seed
from admissions.errors import ImportRefused, NotFound, NotReady
from admissions.i18n import gettext as _
from admissions.rounds.policy import Policy, policy_from_mapping
from admissions.rounds.rules import Phase, advance, is_open, level_name, school_year_name
from admissions.rounds.tables import PolicyVersion, Quota, Round
from admissions.schools.importer import QuotaRow
from admissions.schools.tables import Site
from admissions.students.rules import birth_year_of
from data.vault import Vault


@dataclass(frozen=True)
class RoundPlan:
    """What an office decides about a round before it announces it."""

    code: str
    level: int
    school_year: int
    communes: Sequence[str]
    opens_at: datetime
    closes_at: datetime
    results_at: datetime
    network_version_id: int
    previous_round_id: int | None = None


@dataclass(frozen=True)
class RoundCard:
    """A round as the public sees it."""

    id: int
    code: str
    name: str
    level: int
    level_name: str
    school_year: int
    school_year_name: str
    birth_year: int
    phase: Phase
    opens_at: datetime
    closes_at: datetime
    results_at: datetime
    is_open: bool
    is_published: bool
    network_version_id: int
    policy_name: str
    basis: str
    longest_list: int
    lottery_commitment: str


def store_policy(session: Session, *, policy: Policy, now: datetime) -> int:
    """Store a policy version once and return its id.

    Raises:
        NotReady: the same code and version is stored with another content; versions never change.
    """
    stored = session.scalars(
        select(PolicyVersion).where(
            PolicyVersion.code == policy.code, PolicyVersion.version == policy.version
        )
    ).one_or_none()
    if stored is None:
        stored = PolicyVersion(
            code=policy.code, version=policy.version, name=policy.name, body=policy.model_dump(),
            sha256=policy.sha256(), created_at=now,
        )  # fmt: skip
        session.add(stored)
        session.flush()
    elif stored.sha256 != policy.sha256():
        raise NotReady(_("Phiên bản này của chính sách đã có với nội dung khác. Hãy tăng số phiên bản."))
    assert stored.id is not None
    return stored.id


def create_round(
    session: Session,
    *,
    plan: RoundPlan,
    policy: Policy,
    quotas: Sequence[QuotaRow],
    codes: CodeSource,
    vault: Vault,
    actor: str,
    now: datetime,
) -> int:
    """Make a round with its seats and its lottery commitment, announced at once, and return its id.

    Raises:
        ImportRefused: a seat row names a site that is not known, or no site has a seat.
    """
    seed = lottery_seed(codes, plan.code)
    round_ = Round(
        code=plan.code,
        name=f"{level_name(plan.level)} {school_year_name(plan.school_year)}",
        level=plan.level,
        school_year=plan.school_year,
        communes=list(plan.communes),
        phase=advance(Phase.PLANNING, Phase.PUBLISHED),
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        results_at=plan.results_at,
        policy_version_id=store_policy(session, policy=policy, now=now),
        network_version_id=plan.network_version_id,
        lottery_seed_cipher=vault.encrypt(seed).hex(),
        lottery_commitment=hashlib.sha256(seed.encode()).hexdigest(),
        previous_round_id=plan.previous_round_id,
    )
    session.add(round_)
    session.flush()
    assert round_.id is not None
    seats = _store_quotas(session, round_, quotas)
    details = {"policy": policy.sha256(), "lottery_commitment": round_.lottery_commitment, "seats": seats}
    record(session, Act(f"round:{round_.id}", actor, Action.ROUND_CREATED, details), at=now)
    return round_.id


def _store_quotas(session: Session, round_: Round, quotas: Sequence[QuotaRow]) -> int:
    wanted = [row for row in quotas if (row.level, row.school_year) == (round_.level, round_.school_year)]
    site_ids = dict(session.execute(select(Site.code, Site.id)).all())
    unknown = sorted(row.site_code for row in wanted if row.site_code not in site_ids)
    if unknown:
        raise ImportRefused(f"seats are given for site {unknown[0]!r}, which is in no list of sites")
    if not any(row.seats for row in wanted):
        raise ImportRefused(f"no seats are given for {round_.name}")
    session.execute(
        insert(Quota),
        [
            {
                "round_id": round_.id, "site_id": site_ids[row.site_code], "classes": row.classes,
                "class_cap": row.class_cap, "seats": row.seats,
            }
            for row in wanted
        ],
    )  # fmt: skip
    return sum(row.seats for row in wanted)


def get_round(session: Session, *, round_id: int) -> Round:
    """Return a round's row.

    Raises:
        NotFound: no such round.
    """
    round_ = session.get(Round, round_id)
    if round_ is None:
        raise NotFound("round", round_id)
    return round_


def get_policy(session: Session, *, round_: Round) -> Policy:
    """Return the policy version that governs a round."""
    stored = session.get_one(PolicyVersion, round_.policy_version_id)
    return policy_from_mapping(stored.body)


def extend_round(
    session: Session,
    *,
    round_id: int,
    closes_at: datetime,
    results_at: datetime,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """Move the deadline of an announced round to a later day; a deadline never moves forward.

    Raises:
        NotReady: the new deadline is earlier, or the round is closed already.
    """
    round_ = get_round(session, round_id=round_id)
    if Phase(round_.phase) is not Phase.PUBLISHED or closes_at <= round_.closes_at:
        raise NotReady(_("Chỉ gia hạn được đợt đang nhận hồ sơ, và hạn mới phải muộn hơn hạn cũ."))
    details = {"from": round_.closes_at.isoformat(), "to": closes_at.isoformat(), "reason": reason}
    round_.closes_at, round_.results_at = closes_at, results_at
    session.add(round_)
    session.flush()
    record(session, Act(f"round:{round_id}", actor, Action.ROUND_EXTENDED, details), at=now)


def close_round(session: Session, *, round_id: int, actor: str, now: datetime) -> int:
    """After the deadline, put every submitted application into the pool; return how many.

    Raises:
        NotReady: the deadline has not passed.
        IllegalTransition: the round is closed already.
    """
    round_ = session.scalars(select(Round).where(Round.id == round_id).with_for_update()).one_or_none()
    if round_ is None:
        raise NotFound("round", round_id)
    if now < round_.closes_at:
        raise NotReady(_("Đợt này còn nhận hồ sơ. Hãy chờ hết hạn rồi mới khóa."))
    round_.phase = advance(Phase(round_.phase), Phase.CLOSED)
    session.add(round_)
    frozen: list[int] = []
    for state in sorted(COUNTED):
        frozen += session.scalars(
            update(Application)
            .where(Application.round_id == round_id, Application.state == state)
            .values(state=next_state(State(state), Event.CLOSE))
            .returning(Application.id)
        )
    record(
        session, Act(f"round:{round_id}", actor, Action.ROUND_CLOSED, {"applications": len(frozen)}), at=now
    )
    record_all(
        session,
        (
            Act(f"application:{key}", "system", Action.APPLICATION_FROZEN, {"round": round_id})
            for key in sorted(frozen)
        ),
        at=now,
    )
    return len(frozen)


def round_card(round_: Round, policy: Policy, now: datetime) -> RoundCard:
    """Return a round as the public sees it."""
    assert round_.id is not None
    phase = Phase(round_.phase)
    return RoundCard(
        id=round_.id,
        code=round_.code,
        name=round_.name,
        level=round_.level,
        level_name=level_name(round_.level),
        school_year=round_.school_year,
        school_year_name=school_year_name(round_.school_year),
        birth_year=birth_year_of(round_.level, round_.school_year),
        phase=phase,
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        results_at=round_.results_at,
        is_open=is_open(phase, opens_at=round_.opens_at, closes_at=round_.closes_at, now=now),
        is_published=phase is Phase.RESULTS_PUBLISHED,
        network_version_id=round_.network_version_id,
        policy_name=policy.name,
        basis=policy.basis,
        longest_list=policy.longest_list,
        lottery_commitment=round_.lottery_commitment,
    )


def list_public_rounds(session: Session, *, now: datetime) -> list[RoundCard]:
    """Return all announced rounds, the newest school year first."""
    rows = session.execute(
        select(Round, PolicyVersion)
        .join(PolicyVersion, PolicyVersion.id == Round.policy_version_id)
        .where(Round.phase != Phase.PLANNING)
        .order_by(Round.school_year.desc(), Round.level)
    )
    return [round_card(round_, policy_from_mapping(policy.body), now) for round_, policy in rows]


def get_round_card(session: Session, *, round_id: int, now: datetime) -> RoundCard:
    """Return one round as the public sees it.

    Raises:
        NotFound: no such round.
    """
    round_ = get_round(session, round_id=round_id)
    return round_card(round_, get_policy(session, round_=round_), now)
