"""The address baked into artefacts, and the versions they carry. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from coupler.domain.errors import InvalidInput

# What a product may store, URL parameters included (surfaces 1.7); leaves room for company and code.
LONGEST = 200
# Fits unescaped into XML, JavaScript, AL and C/AL alike.
_PLAIN = re.compile(r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~\-]+)*\Z")


def backend_address(text: str, *, allow_http: bool) -> str:
    """The address without trailing slash; raises InvalidInput unless it is plain https, or http where allowed."""
    address = text.strip().rstrip("/")
    problem = backend_problem(address, allow_http=allow_http)
    if problem:
        raise InvalidInput(f'The address "{address[:100]}" {problem}', errors={"backend": [problem]})
    return address


def backend_problem(address: str, *, allow_http: bool) -> str | None:
    """What is wrong with an address of Coupler, or None."""
    if len(address) > LONGEST or not _PLAIN.match(address) or not _has_port_in_range(address):
        return "cannot be used. Expected one like https://coupler.example.com, without user name, query or blanks."
    if not address.startswith("https://") and not allow_http:
        return "is not https. Products and browsers refuse it inside their pages; a trial on http takes --allow-http."
    return None


def _has_port_in_range(address: str) -> bool:
    try:
        return urlsplit(address).port != 0
    except ValueError:
        return False


def four_parts(version: str) -> str:
    """`0.1.0.dev0` as the products count: `0.1.0.0`. A development build counts as its release."""
    release = re.match(r"[0-9]+(\.[0-9]+)*", version)
    numbers = release[0].split(".") if release else []
    return ".".join([*numbers, "0", "0", "0", "0"][:4])
