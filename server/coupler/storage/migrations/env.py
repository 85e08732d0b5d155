"""Runs migrations on the connection that coupler.storage.schema hands over; it owns the transaction."""

from alembic import context

from coupler.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
