"""Outward adapters: CRM, NAV, Business Central and the identity provider, over HTTP.

What belongs here is the wire: addresses, verbs, status codes, tokens. What is coupled or written is decided elsewhere.
"""

from coupler.connectors.registry import HttpConnectors, record_url

__all__ = ["HttpConnectors", "record_url"]
