"""Alembic's scripts. They repeat the shape of the tables at their time and never import tables.py."""
