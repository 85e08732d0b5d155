"""Business Central: the standard API v2.0."""
