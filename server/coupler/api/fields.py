"""Fields that know what Coupler's values look like: text without control characters, GUIDs, addresses, flags."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urlsplit

import marshmallow as ma
from marshmallow import fields, validate

from coupler.api.requests import CONTROL
from coupler.domain.errors import InvalidInput
from coupler.domain.values import guid

_URL_LIMIT = 250
_NOT_IN_URL = re.compile(r"[\s\\<>\"{}|^`]")


class Text(fields.String):
    """One line of text, trimmed, of at most `most` characters; empty only when `may_be_empty`."""

    def __init__(self, most: int, *, may_be_empty: bool = False, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(0 if may_be_empty else 1, most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip()
        if CONTROL.search(text):
            raise ma.ValidationError("Control characters are not allowed.")
        return text


class Pem(fields.String):
    """A PEM block of that kind; further blocks (a chain) may follow."""

    def __init__(self, kind: str, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(1, 32_000), **kwargs)
        self._begin = re.compile(rf"-----BEGIN [A-Z ]*{kind}-----")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        if not self._begin.match(text.lstrip()):
            raise ma.ValidationError("Not PEM text: it begins with -----BEGIN ...-----.")
        return text


class Guid(fields.String):
    """A GUID in any of the products' forms, canonical inside."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs))
        try:
            return guid(text)
        except InvalidInput as error:
            raise ma.ValidationError(error.message) from error


class Flag(fields.Boolean):
    """true or false in JSON, and nothing that resembles them."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError("true or false.")
        return value


class QueryFlag(fields.Boolean):
    """`true` or `false` in a query."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> bool:
        if value not in ("true", "false"):
            raise ma.ValidationError("true or false.")
        return bool(value == "true")


class Moment(fields.DateTime):
    """A time in ISO 8601; without an offset it is taken as UTC. Out goes UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        found = super()._deserialize(value, attr, data, **kwargs)
        try:
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except OverflowError as error:
            raise ma.ValidationError("Not a time Coupler can know of.") from error


class Address(fields.String):
    """An http or https address without user, query and fragment; kept without a trailing slash.

    Plain http is taken, because many NAV servers inside a company have nothing else; the connection test warns.
    Addresses that only reach a machine's own network card (metadata services) are refused (trust 3.8).
    `schemes` adds others, for addresses that are only ever opened by a person.
    """

    def __init__(self, *schemes: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._schemes = ("http", "https", *schemes)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip().rstrip("/")
        problem = address_problem(text, self._schemes)
        if problem:
            raise ma.ValidationError(problem)
        return text


def address_problem(text: str, schemes: Sequence[str]) -> str | None:
    """What is wrong with a base address, or None."""
    if len(text) > _URL_LIMIT or CONTROL.search(text) or _NOT_IN_URL.search(text):
        return f"Not an address, or longer than {_URL_LIMIT} characters."
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "Not an address."
    if parts.scheme not in schemes or not host:
        return "Begin with https:// (or http:// for a server inside your network) and a host."
    if "@" in parts.netloc or "?" in text or "#" in text:
        return "No user name, query or fragment: only scheme, host, port and path."
    return _host_problem(parts, host)


def _host_problem(parts: SplitResult, host: str) -> str | None:
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        # A last label of digits is read as an IPv4 number by some resolvers: 2852039166 is 169.254.169.254.
        is_number = re.fullmatch(r"(0x[0-9a-f]+|\d+)", host.rstrip(".").rpartition(".")[2], re.IGNORECASE)
        return "Write the host as a name or a plain IP address." if is_number or ".." in parts.path else None
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        return "Write the IPv4 address itself."
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved:
        return "This address is no server's."
    return None
