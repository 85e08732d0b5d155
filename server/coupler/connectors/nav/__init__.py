"""Dynamics NAV and Business Central: OData V4 page web services and page addresses."""
