"""Accounts of the offices: make, sign in, recognise a session, sign out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select, update
from sqlmodel import Session

from admissions.audit.service import Act, Action, record
from admissions.codes import CodeSource, RandomCodes, session_token, token_hash
from admissions.errors import NotFound, SessionExpired, SignInFailed
from admissions.limits.service import SIGN_IN_BY_NAME, SIGN_IN_BY_VISITOR, count_attempt
from admissions.officers.tables import Officer, OfficerSession, Role

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=10)
SHORTEST_PASSWORD = 10

RUNNERS = frozenset({Role.COMMUNE_OFFICER, Role.PROVINCE_OFFICER})
APPROVERS = frozenset({Role.COMMUNE_HEAD, Role.PROVINCE_HEAD})
READERS = frozenset(Role)


@dataclass(frozen=True)
class SignedInOfficer:
    """Who is signed in, as pages and use cases need it."""

    id: int
    username: str
    full_name: str
    title: str
    role: Role
    communes: tuple[str, ...]

    @property
    def actor(self) -> str:
        """The officer's name in the audit trail."""
        return f"officer:{self.id}"


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _unknown_password_hash() -> str:
    """A hash to check against when the name is unknown, so that both answers take the same time."""
    return _hasher().hash("no account has this password")


def add_officer(
    session: Session,
    *,
    username: str,
    full_name: str,
    title: str,
    role: Role,
    communes: list[str],
    password: str,
    illustrative: bool = False,
) -> int:
    """Make an account and return its id. An existing name keeps its id and gets the new data and password.

    Raises:
        ValueError: the password is shorter than ``SHORTEST_PASSWORD``.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise ValueError(f"a password needs at least {SHORTEST_PASSWORD} characters")
    officer = session.scalars(select(Officer).where(Officer.username == username)).one_or_none()
    if officer is None:
        officer = Officer(username=username)
    officer.full_name, officer.title, officer.role = full_name, title, role.value
    officer.communes, officer.password_hash, officer.active = communes, _hasher().hash(password), True
    officer.illustrative = illustrative
    session.add(officer)
    session.flush()
    assert officer.id is not None
    return officer.id


def _signed_in(officer: Officer) -> SignedInOfficer:
    assert officer.id is not None
    return SignedInOfficer(
        officer.id,
        officer.username,
        officer.full_name,
        officer.title,
        Role(officer.role),
        tuple(officer.communes),
    )


def get_officer(session: Session, *, officer_id: int) -> SignedInOfficer:
    """Return an active officer by id.

    Raises:
        NotFound: no such active account.
    """
    officer = session.get(Officer, officer_id)
    if officer is None or not officer.active:
        raise NotFound("officer", officer_id)
    return _signed_in(officer)


def sign_in(
    session: Session,
    *,
    username: str,
    password: str,
    now: datetime,
    client_key: str,
    production: bool,
    codes: CodeSource | None = None,
) -> str:
    """Return a new session token.

    Raises:
        SignInFailed: unknown name, closed account or wrong password; the answer does not tell which.
        TooManyAttempts: too many tries for this name or from this visitor.
    """
    name = username.strip().lower()
    count_attempt(session, SIGN_IN_BY_VISITOR, client_key, now=now)
    count_attempt(session, SIGN_IN_BY_NAME, name, now=now)
    officer = session.scalars(select(Officer).where(Officer.username == name)).one_or_none()
    if officer is not None and (not officer.active or (production and officer.illustrative)):
        officer = None
    stored = officer.password_hash if officer is not None else _unknown_password_hash()
    try:
        _hasher().verify(stored, password)
    except VerificationError:
        officer = None
    if officer is None:
        raise SignInFailed()
    token = session_token(codes or RandomCodes(), name)
    session.add(
        OfficerSession(
            token_hash=token_hash(token),
            officer_id=officer.id,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE,
        )
    )
    record(
        session, Act(f"officer:{officer.id}", f"officer:{officer.id}", Action.OFFICER_SIGNED_IN, {}), at=now
    )
    return token


def recognise(session: Session, *, token: str, now: datetime) -> SignedInOfficer:
    """Return who holds ``token`` and note that the session is in use.

    Raises:
        SessionExpired: no such session, idle for over an hour, or older than ten hours.
    """
    key = token_hash(token)
    row = session.execute(
        select(Officer, OfficerSession)
        .join(OfficerSession, OfficerSession.officer_id == Officer.id)
        .where(OfficerSession.token_hash == key, Officer.active)
    ).one_or_none()
    if row is None or row[1].expires_at <= now or row[1].seen_at + IDLE <= now:
        raise SessionExpired()
    if row[1].seen_at + timedelta(minutes=1) < now:
        session.execute(update(OfficerSession).where(OfficerSession.token_hash == key).values(seen_at=now))
    return _signed_in(row[0])


def sign_out(session: Session, *, token: str) -> None:
    """End the session; a token that is not known changes nothing."""
    session.execute(delete(OfficerSession).where(OfficerSession.token_hash == token_hash(token)))
