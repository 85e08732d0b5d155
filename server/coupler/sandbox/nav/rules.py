"""What table 13 does when it is written: validation field by field, not blank, duplicate, refused deletion."""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from coupler.sandbox.filters import utf16_length
from coupler.sandbox.nav.answers import Refused, bad_request
from coupler.sandbox.nav.columns import Column
from coupler.sandbox.nav.salespeople import Company, Salesperson

TABLE = "Salesperson/Purchaser"


@dataclass(frozen=True, slots=True)
class Writing:
    """One write's surroundings: where, when, and how strict this installation is."""

    company: Company
    now: datetime
    checks_email: bool
    duplicate_status: int


def insert(writing: Writing, changes: Sequence[tuple[Column, Any]], system_id: str | None = None) -> Salesperson:
    """A new row; every value is validated in the order of `changes`."""
    row = _validated(writing, Salesperson(code=""), changes)
    _require_code(row)
    _refuse_duplicate(writing, row.code)
    if system_id is not None and writing.company.by_system_id(system_id) is not None:
        raise _same_key(writing, f"SystemId='{system_id}'")
    return writing.company.put(replace(row, system_id=system_id, modified=sql_time(writing.now)))


def modify(writing: Writing, row: Salesperson, changes: Sequence[tuple[Column, Any]]) -> Salesperson:
    """The row with the changes; another Code renames it. The modification time moves even if nothing changed."""
    changed = _validated(writing, row, changes)
    _require_code(changed)
    if changed.code != row.code:
        _refuse_duplicate(writing, changed.code)
    return writing.company.put(replace(changed, modified=sql_time(writing.now)), old_code=row.code)


def delete(company: Company, row: Salesperson) -> None:
    """Remove the row, unless it has open tasks."""
    if row.open_task:
        raise bad_request(
            f"You cannot delete the salesperson/purchaser with code {row.code} because it has open tasks.",
            "Application_DialogException",
        )
    company.remove(row.code)


def sql_time(moment: datetime) -> datetime:
    """As SQL Server's datetime keeps it: the last digit is 0, 3 or 7 (V7)."""
    ticks = round(moment.microsecond * 300 / 1_000_000)
    milliseconds = round(ticks * 10 / 3)
    return moment.replace(microsecond=0) + timedelta(milliseconds=milliseconds)


def _validated(writing: Writing, row: Salesperson, changes: Sequence[tuple[Column, Any]]) -> Salesperson:
    for column, value in changes:
        stored = _typed(column, value)
        if column.attribute in _CHECKS:
            stored = _CHECKS[column.attribute](writing, column, stored)
        row = replace(row, **{column.attribute: stored})
    return row


def _typed(column: Column, value: Any) -> Any:
    """The JSON value as the field keeps it; Code is upper-cased and trimmed by the server."""
    if column.kind in ("text", "code"):
        if not isinstance(value, str):
            raise _wrong_type(column, value, "Edm.String")
        text = value.strip().upper() if column.kind == "code" else value
        return _fitting(column, text)
    if column.kind == "boolean":
        if not isinstance(value, bool):
            raise _wrong_type(column, value, "Edm.Boolean")
        return value
    if column.kind == "number":
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise _wrong_type(column, value, "Edm.Decimal")
        return Decimal(value)
    return value


def _wrong_type(column: Column, value: Any, wanted: str) -> Refused:
    shown = "null" if value is None else str(value)
    return bad_request(f"Cannot convert '{shown}' of '{column.name}' to the expected type '{wanted}'.")


def _fitting(column: Column, text: str) -> str:
    length = utf16_length(text)
    if column.max_length is not None and length > column.max_length:
        raise bad_request(
            f"The length of the string is {length}, but it must be less than or equal to {column.max_length}"
            f" characters. Value: {text}",
            "Application_StringExceededLength",
        )
    return text


def _check_email(writing: Writing, _column: Column, text: str) -> str:
    address = text.strip()
    if address and writing.checks_email and not _is_address(address):
        raise bad_request(f'The email address "{address}" is not valid.', "Application_DialogException")
    return address


def _is_address(text: str) -> bool:
    """Exactly one `@`, a dot in the host after its first character, a top domain of two or more (protocols 4)."""
    if text.count("@") != 1 or re.search(r"[\s,;<>\"()]", text):
        return False
    local, _, host = text.partition("@")
    return bool(local and re.fullmatch(r"[^.].*\.[^.]{2,}", host))


def _check_commission(_writing: Writing, column: Column, percent: Decimal) -> Decimal:
    if not 0 <= percent <= 100:
        raise bad_request(
            f"The value of {column.caption} must be between 0 and 100. Value: {percent}.",
            "Application_FieldValidationException",
        )
    return round(percent, 2)


def _check_dimension(number: int) -> Callable[[Writing, Column, Any], Any]:
    def check(writing: Writing, column: Column, code: str) -> str:
        if code and code not in writing.company.dimensions[number]:
            raise bad_request(
                f"The field {column.caption} of table {TABLE} contains a value ({code}) that cannot be found in the"
                " related table (Dimension Value).",
                "Internal_InvalidTableRelation",
            )
        return code

    return check


_CHECKS: dict[str, Callable[[Writing, Column, Any], Any]] = {
    "email": _check_email,
    "email2": _check_email,
    "commission": _check_commission,
    "dimension1": _check_dimension(1),
    "dimension2": _check_dimension(2),
}


def _require_code(row: Salesperson) -> None:
    if not row.code:
        raise bad_request(
            f"Code must have a value in {TABLE}: Code=. It cannot be zero or empty.",
            "Application_FieldValidationException",
        )


def _refuse_duplicate(writing: Writing, code: str) -> None:
    if writing.company.get(code) is not None:
        raise _same_key(writing, f"Code='{code}'")


def _same_key(writing: Writing, key: str) -> Refused:
    return Refused(
        writing.duplicate_status,
        "Internal_EntityWithSameKeyExists",
        f"The record in table {TABLE} already exists. Identification fields and values: {key}",
    )


def guid(value: Any) -> uuid.UUID:
    """A GUID as sent, with or without braces."""
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise bad_request(f"'{value}' is not a valid GUID.", "Application_InvalidGUID") from error
