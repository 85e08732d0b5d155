"""ETags of Coupler's own resources: the stored version in quotes, compared as raw text (protocols 5.2)."""

from __future__ import annotations

import re

from flask import request

from coupler.api.errors import PreconditionRequired
from coupler.domain.errors import Stale

_TAG = re.compile(r'\s*(?:W/)?"(\d{1,9})"\s*')


def etag(version: int) -> str:
    """The ETag of that version."""
    return f'"{version}"'


def wanted_version(present: int) -> int:
    """The version If-Match asks for; `*` is the present one. Raises PreconditionRequired or Stale."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionRequired("A change needs the header If-Match, so that nobody's change is lost.")
    if given == "*":
        return present
    versions = [int(match[1]) for match in map(_TAG.fullmatch, given.split(",")) if match]
    if present not in versions:
        raise Stale("It was changed since you read it.")
    return present
