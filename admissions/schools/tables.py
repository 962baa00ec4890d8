"""Schools and their sites. Seats of a round are in ``admissions/rounds/tables.py`` (quota)."""

from sqlalchemy import BigInteger, Column, ForeignKey, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class School(SQLModel, table=True):
    """A school as the sector registers it. ``stages`` are TH and/or THCS."""

    __tablename__ = "school"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    stages: list[str] = Field(sa_type=JSONB)
    commune_code: str = Field(sa_type=Text, index=True)
    address: str = Field(sa_type=Text)
    phone: str = Field(sa_type=Text)


class Site(SQLModel, table=True):
    """A place where the school teaches (điểm trường), with its gate. Seats belong to sites, as distances do."""

    __tablename__ = "site"

    id: int | None = Field(default=None, primary_key=True)
    school_id: int = Field(foreign_key="school.id", index=True)
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    location_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("location.id"), nullable=False, index=True)
    )
