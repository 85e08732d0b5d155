"""`$batch`: reading multipart as different clients write it, running the parts, writing the answer (protocols 1.10)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus

from coupler.sandbox.crm.answers import Answer, CrmError, bad_request, error_answer

MAX_OPERATIONS = 1000
_CRLF = "\r\n"
_REFERENCE = re.compile(r"\$([A-Za-z0-9._-]+)(?=[/?]|\Z)")
_BOUND = re.compile(r'(@odata\.bind"\s*:\s*")\$([A-Za-z0-9._-]+)')


@dataclass(frozen=True, slots=True)
class Operation:
    """One request of a batch, its address as written. `headers` are lower case."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    content_id: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Operations that happen together or not at all."""

    operations: list[Operation] = field(default_factory=list)


Run = Callable[[Operation], Answer]
Transaction = Callable[[], AbstractContextManager[None]]


def run_batch(content_type: str, body: bytes, run: Run, transaction: Transaction, *, continue_on_error: bool) -> Answer:
    """Run everything in order; without `continue_on_error` the first failure ends the batch and gives its status."""
    parts = read_batch(content_type, body)
    written: list[str] = []
    status = 200
    for part in parts:
        text, failed = _run_part(part, run, transaction)
        written.append(text)
        if failed and not continue_on_error:
            status = failed
            break
    boundary = f"batchresponse_{uuid.uuid4()}"
    return Answer(status, _joined(boundary, written), {"Content-Type": f"multipart/mixed; boundary={boundary}"})


def read_batch(content_type: str, body: bytes) -> list[Operation | ChangeSet]:
    """The parts of a batch; CrmError for what is no batch."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise bad_request("The batch is not valid UTF-8.") from error
    parts = [_read_part(part) for part in _split(text, _boundary(content_type))]
    total = sum(len(part.operations) if isinstance(part, ChangeSet) else 1 for part in parts)
    if total > MAX_OPERATIONS:
        raise CrmError(400, "0x80060890", f"The number of operations in the batch exceeds {MAX_OPERATIONS}.")
    return parts


def _run_part(part: Operation | ChangeSet, run: Run, transaction: Transaction) -> tuple[str, int]:
    """The part's answer as text, and its status if it failed, else 0."""
    if isinstance(part, Operation):
        answer = _attempt(part, run)
        return _written(answer, None), answer.status if answer.status >= 400 else 0
    answers: list[tuple[Answer, str | None]] = []
    try:
        with transaction():
            _run_change_set(part, run, answers)
    except CrmError as error:
        return _written(error_answer(error), None), error.status
    boundary = f"changesetresponse_{uuid.uuid4()}"
    inner = _joined(boundary, [_written(answer, content_id) for answer, content_id in answers])
    return f"Content-Type: multipart/mixed; boundary={boundary}{_CRLF}{_CRLF}{inner}", 0


def _run_change_set(part: ChangeSet, run: Run, answers: list[tuple[Answer, str | None]]) -> None:
    created: dict[str, str] = {}
    for operation in part.operations:
        if operation.method == "GET":
            raise bad_request("A GET is not allowed in a change set.")
        answer = run(_resolved(operation, created))
        if operation.content_id and "OData-EntityId" in answer.headers:
            created[operation.content_id] = answer.headers["OData-EntityId"]
        answers.append((answer, operation.content_id))


def _resolved(operation: Operation, created: dict[str, str]) -> Operation:
    """`$1` in address and bindings replaced by what it stands for."""
    url = operation.url
    if url.startswith("$"):
        url = _REFERENCE.sub(lambda match: _address(match[1], created), url, count=1)
    body = _BOUND.sub(lambda match: match[1] + _address(match[2], created), operation.body)
    return Operation(operation.method, url, operation.headers, body, operation.content_id)


def _address(content_id: str, created: dict[str, str]) -> str:
    """The address a Content-ID stands for; 400 when it is used too early."""
    if content_id not in created:
        raise bad_request(f"Content-ID Reference: '${content_id}' does not exist in the batch context.")
    return created[content_id]


def _attempt(operation: Operation, run: Run) -> Answer:
    try:
        return run(operation)
    except CrmError as error:
        return error_answer(error)


def _boundary(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    if message.get_content_maintype() != "multipart" or not isinstance(boundary, str):
        raise CrmError(400, "0x80060888", "A batch needs the content type multipart/mixed with a boundary.")
    return boundary


def _split(text: str, boundary: str) -> list[str]:
    """What stands between the boundary lines, whatever the line ends; an unfinished last part counts as well."""
    pieces = re.split(rf"(?:\A|\r?\n)--{re.escape(boundary)}(--)?[ \t]*(?:\r?\n|\Z)", text)
    if len(pieces) < 3:
        raise bad_request(f"The boundary '{boundary}' does not occur in the body.")
    parts = []
    for closing, content in zip(pieces[1::2], pieces[2::2], strict=True):
        if closing:
            break
        parts.append(content)
    return [part for part in parts if part.strip()]


def _read_part(text: str) -> Operation | ChangeSet:
    headers, content = _headers(text.lstrip("\r\n"))
    kind = headers.get("content-type", "")
    if kind.lower().startswith("multipart/"):
        inner = [_read_part(part) for part in _split(content, _boundary(kind))]
        operations = [part for part in inner if isinstance(part, Operation)]
        if len(operations) != len(inner):
            raise bad_request("A change set cannot hold another one.")
        return ChangeSet(operations)
    if not kind.lower().startswith("application/http"):
        raise bad_request(f"The content type '{kind}' of a part is not application/http.")
    return _read_operation(content, headers.get("content-id"))


def _read_operation(text: str, content_id: str | None) -> Operation:
    line, _, rest = text.lstrip("\r\n").partition("\n")
    words = line.split()
    if len(words) not in (2, 3):
        raise bad_request(f"The request line '{line.strip()}' of a part cannot be read.")
    headers, body = _headers(rest)
    return Operation(words[0].upper(), words[1], headers, body.strip(), content_id or headers.get("content-id"))


def _headers(text: str) -> tuple[dict[str, str], str]:
    """Headers by lower-case name, and what follows the blank line."""
    headers: dict[str, str] = {}
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        line = text[position : end if end >= 0 else len(text)].strip("\r")
        position = end + 1 if end >= 0 else len(text)
        if not line.strip():
            break
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers, text[position:]


def _written(answer: Answer, content_id: str | None) -> str:
    body, kind = answer.encoded()
    head = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id:
        head.append(f"Content-ID: {content_id}")
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}", "OData-Version: 4.0"]
    if kind:
        lines.append(f"Content-Type: {kind}")
    lines += [f"{name}: {value}" for name, value in answer.headers.items() if name != "Content-Type"]
    return _CRLF.join([*head, "", *lines, "", body.decode()])


def _joined(boundary: str, parts: list[str]) -> str:
    return "".join(f"--{boundary}{_CRLF}{part}{_CRLF}" for part in parts) + f"--{boundary}--{_CRLF}"
