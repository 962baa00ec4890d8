"""Entry on behalf of families (khai hộ) in bulk: paper forms collected by a school, typed in at once.

The same rules, states, receipts, audit and messages as on the pages; only the SQL is in sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlmodel import Session

from admissions.applications.form_rules import Contact, check_contact, check_preferences
from admissions.applications.repository import list_round_sites
from admissions.applications.rules import Event, State, next_state
from admissions.applications.service import require_open
from admissions.applications.tables import Application, Preference
from admissions.audit.service import Act, Action, record_all
from admissions.codes import CodeSource, application_code, receipt_id
from admissions.notifications import texts
from admissions.notifications.service import Notice, write
from admissions.queue import DELIVER_MESSAGES, defer
from admissions.rounds.policy import Policy
from admissions.rounds.tables import Round
from data.vault import Vault


@dataclass(frozen=True)
class PaperForm:
    """One family's signed paper form; the home on record is confirmed on it."""

    student_id: int
    student_code: str
    home_location_id: int
    contact: Contact
    site_ids: Sequence[int]


def enter_paper_forms(
    session: Session,
    *,
    round_: Round,
    policy: Policy,
    forms: Sequence[PaperForm],
    actor: str,
    codes: CodeSource,
    vault: Vault,
    public_url: str,
    now: datetime,
    deliver: bool = True,
) -> int:
    """Submit an application for every form whose child has none yet and return how many were new.

    Raises:
        RoundClosed: the round takes no applications now.
        InvalidInput: a form breaks a rule of the pages; nothing is entered then.
    """
    require_open(round_, now)
    assert round_.id is not None
    offered = {site.id for _quota, site, _school in list_round_sites(session, round_id=round_.id)}
    taken = set(
        session.scalars(
            select(Application.student_id).where(
                Application.round_id == round_.id, Application.state != State.WITHDRAWN,
                Application.student_id.in_([form.student_id for form in forms]),
            )
        )
    )  # fmt: skip
    new = [form for form in forms if form.student_id not in taken]
    if not new:
        return 0
    contacts = [check_contact(form.contact) for form in new]
    ranked = [check_preferences(form.site_ids, offered=offered, longest=policy.longest_list) for form in new]
    state = next_state(next_state(State.DRAFT, Event.SUBMIT), Event.AUTO_CHECK_PASSED)
    rows = [
        {
            "code": application_code(codes, f"{round_.code}:{form.student_code}"),
            "receipt_id": receipt_id(codes, f"{round_.code}:{form.student_code}"),
            "round_id": round_.id,
            "student_id": form.student_id,
            "state": state.value,
            "guardian_name": contact.full_name,
            "relation": contact.relation,
            "phone_cipher": vault.encrypt(contact.phone),
            "email_cipher": vault.encrypt(contact.email) if contact.email else None,
            "home_location_id": form.home_location_id,
            "home_changed": False,
            "home_verified": True,
            "created_at": now,
            "saved_at": now,
            "submitted_at": now,
        }
        for form, contact in zip(new, contacts, strict=True)
    ]
    ids = session.scalars(
        insert(Application).returning(Application.id, sort_by_parameter_order=True), rows
    ).all()
    preferences = [
        {"application_id": key, "rank": rank, "site_id": site_id}
        for key, sites in zip(ids, ranked, strict=True)
        for rank, site_id in enumerate(sites, start=1)
    ]
    session.execute(insert(Preference), preferences)
    acts = []
    for key in ids:
        chain = f"application:{key}"
        acts.append(Act(chain, actor, Action.APPLICATION_STARTED, {"round": round_.id, "on_paper": True}))
        acts.append(Act(chain, actor, Action.APPLICATION_SUBMITTED, {"state": state.value, "first": True}))
    record_all(session, acts, at=now)
    notices = [
        Notice(
            "submitted", key, "received", row["email_cipher"],
            texts.received(
                code=row["code"], at=now, closes_at=round_.closes_at, results_at=round_.results_at,
                url=f"{public_url}/tra-cuu",
            ),
        )
        for key, row in zip(ids, rows, strict=True)
    ]  # fmt: skip
    if write(session, notices, now=now, deliver=False) and deliver:
        defer(session, DELIVER_MESSAGES)
    return len(ids)
