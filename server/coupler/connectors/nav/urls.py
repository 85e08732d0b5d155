"""Deep links into NAV and Business Central cards, every client version (surfaces 3.1-3.5, contract 4). Pure."""

from __future__ import annotations

import base64
import re
import struct
from urllib.parse import quote

from coupler.connectors.odata import text_literal
from coupler.domain.connection import NavCompany, WebClient, WebService
from coupler.domain.errors import InvalidInput
from coupler.domain.mapping import NavTable

# What NAV is known to take literally inside a filter of an address; anything else goes by bookmark (surfaces 3.4).
_PLAIN = re.compile(r"[A-Za-z0-9 _.\-/+#ÆØÅæøåÄÖÜäöüß]+")
# `A..B` is a range to NAV, and a blank at an end may be trimmed.
_RANGE = re.compile(r"\.\.|^ | $")
_CODE_FIELD = 0x02, 0x7B
_PAGE_FILE = {WebClient.WEB2013: "list.aspx", WebClient.WEB2016: "default.aspx"}


def record_url(company: NavCompany, table: NavTable, key: str) -> str:
    """The address of a record's card in the connection's client; raises InvalidInput for what it cannot express."""
    where = _where(company, table, key)
    if company.client is WebClient.WINDOWS:
        return _windows_url(company, table, where)
    parts = [("company", company.company), ("page", str(table.card_page)), where, ("mode", "View")]
    return f"{_web_root(company)}?{_encoded(parts + _tenant(company))}"


def _where(company: NavCompany, table: NavTable, key: str) -> tuple[str, str]:
    """A filter on the key field, or a bookmark where a filter is not known to be safe."""
    if _PLAIN.fullmatch(key) and not _RANGE.search(key):
        name = "$filter" if company.client is WebClient.WINDOWS else "filter"
        return name, f"'{table.key_field}' IS '{key}'"
    text_literal(key)  # refuses control characters
    return "bookmark", new_bookmark(table.number, key) if _is_late(company) else old_bookmark(table.number, key)


def _is_late(company: NavCompany) -> bool:
    """Whether the client takes the later bookmark: BC online, or an installation with API v2.0, which NAV lacks."""
    return company.client is WebClient.BC_ONLINE or company.web_service is WebService.API


def _windows_url(company: NavCompany, table: NavTable, where: tuple[str, str]) -> str:
    if "/" in company.company:
        raise InvalidInput(
            f"The Windows client cannot open the company {company.company}: a slash in its name has no safe form "
            "in a dynamicsnav:// address. Set the connection to a web client."
        )
    parts = [("page", str(table.card_page)), ("mode", "View"), where, *_tenant(company)]
    base, name = company.base_url, quote(company.company, safe="")
    # Server and instance may be left out, their slashes may not: dynamicsnav:////company (surfaces 3.1).
    base = base[:-1] if base.count("/") > 3 and base.endswith("/") else base
    return f"{base}/{name}/runpage?{_encoded(parts)}"


def _web_root(company: NavCompany) -> str:
    """The client's start address: the old ones have a folder and a page file of their own (surfaces 3.2)."""
    base = company.base_url.rstrip("/")
    page_file = _PAGE_FILE.get(company.client)
    if page_file is None:
        return f"{base}/"
    folder = base if base.lower().endswith("/webclient") else f"{base}/WebClient"
    return f"{folder}/{page_file}"


def _tenant(company: NavCompany) -> list[tuple[str, str]]:
    """A parameter on-premises only; online the tenant is part of the base address (surfaces 3.3)."""
    on_premises = company.client is not WebClient.BC_ONLINE
    return [("tenant", company.tenant)] if company.tenant and on_premises else []


def _encoded(parts: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in parts)


def old_bookmark(table: int, code: str) -> str:
    """The form of NAV and early BC: decimal length, padded base64 (surfaces 3.4). For a single Code key."""
    payload = _payload(table, code)
    return f"{len(payload) + 5};{base64.b64encode(payload).decode()}"


def new_bookmark(table: int, code: str) -> str:
    """The form of later BC: hexadecimal length, base64 without padding (surfaces 3.4)."""
    payload = _payload(table, code)
    return f"{len(payload) + 5:X}_{base64.b64encode(payload).decode().rstrip('=')}"


def _payload(table: int, code: str) -> bytes:
    text = code.encode("utf-16-le")
    payload = struct.pack("<iBBB", table, *_CODE_FIELD, len(text) // 2) + text
    # NAV drops one zero byte at the very end.
    return payload[:-1] if payload.endswith(b"\0") else payload
