"""Alembic migrations, numbered with four digits; each says in its docstring why it exists."""
