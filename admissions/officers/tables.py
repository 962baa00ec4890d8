"""Accounts of the offices and their sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, DateTime, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class Role(StrEnum):
    """What an officer is; domain words in ``ROLE_NAMES`` of the service."""

    COMMUNE_OFFICER = "commune_officer"
    COMMUNE_HEAD = "commune_head"
    PROVINCE_OFFICER = "province_officer"
    PROVINCE_HEAD = "province_head"
    INSPECTOR = "inspector"


class Officer(SQLModel, table=True):
    """One person of an office. ``communes`` is the scope by commune code; empty means the whole province."""

    __tablename__ = "officer"
    __table_args__ = (
        CheckConstraint(
            "role in ('commune_officer', 'commune_head', 'province_officer', 'province_head', 'inspector')",
            name="role_known",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(sa_type=Text, unique=True)
    full_name: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    communes: list[str] = Field(sa_type=JSONB)
    password_hash: str = Field(sa_type=Text)
    active: bool = True
    illustrative: bool = False
    """Made for the demo; production refuses to sign it in."""


class OfficerSession(SQLModel, table=True):
    """A signed-in session: a row, so that it can be ended. Only the SHA-256 of its token is stored."""

    __tablename__ = "officer_session"

    token_hash: str = Field(primary_key=True, sa_type=Text)
    officer_id: int = Field(foreign_key="officer.id", index=True)
    created_at: datetime = Field(sa_type=DateTime(timezone=True))
    seen_at: datetime = Field(sa_type=DateTime(timezone=True))
    expires_at: datetime = Field(sa_type=DateTime(timezone=True))
