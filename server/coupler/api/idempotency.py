"""Idempotency-Key: a repeated POST gets the first one's answer instead of a second effect (contract 5)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, request

from coupler.api.access import actor
from coupler.api.errors import IdempotencyInProgress, IdempotencyKeyReused
from coupler.api.services import services
from coupler.domain.errors import InvalidInput
from coupler.engine.ports import IdempotentAnswer

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_KEPT_HEADERS = ("Content-Type", "ETag", "Location")


def idempotent(view: Callable[..., Any]) -> Callable[..., Any]:
    """Keep the answer of a success for the same actor, key and body; a failure gives the key back."""

    @wraps(view)
    def repeatable(*args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return current_app.make_response(view(*args, **kwargs))
        if not _KEY.fullmatch(key):
            raise InvalidInput(
                f"{HEADER} is 1 to 200 visible ASCII characters, for instance a GUID.", errors={HEADER: ["Not usable."]}
            )
        fingerprint = _fingerprint()
        stored = services().idempotency.begin(actor().id, key, fingerprint, services().clock.now())
        if stored is not None:
            return _repeated(stored, fingerprint)
        return _first(key, fingerprint, lambda: current_app.make_response(view(*args, **kwargs)))

    return repeatable


def _fingerprint() -> bytes:
    start = f"{request.method} {request.full_path}\n".encode("utf-8", "surrogatepass")
    return hashlib.sha256(start + request.get_data(cache=True)).digest()


def _repeated(stored: IdempotentAnswer, fingerprint: bytes) -> Response:
    if stored.request_hash != fingerprint:
        raise IdempotencyKeyReused(f"This {HEADER} was used for another request.")
    if stored.status is None:
        raise IdempotencyInProgress("The first request with this key is still being worked on.")
    response = current_app.response_class(stored.body, stored.status, dict(stored.headers))
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _first(key: str, fingerprint: bytes, work: Callable[[], Response]) -> Response:
    store, who, done = services().idempotency, actor().id, False
    try:
        response = work()
        if response.status_code < 300:
            headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
            store.finish(who, key, IdempotentAnswer(fingerprint, response.status_code, response.get_data(), headers))
            done = True
        return response
    finally:
        if not done:
            store.abandon(who, key)
