"""Verbs on the salespeople of a page: list, read, insert, modify, delete (protocols 3.4 to 3.6)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any
from urllib.parse import quote

from coupler.sandbox.filters import Filter, QueryError, compile_filter
from coupler.sandbox.nav import rules
from coupler.sandbox.nav.answers import Refused, Reply, bad_request, no_row, not_allowed
from coupler.sandbox.nav.calls import Call
from coupler.sandbox.nav.columns import Column, Page, View, row_etag, row_json
from coupler.sandbox.nav.salespeople import Company, Salesperson
from coupler.sandbox.query import QueryOptions, order_rows, read_options

CHANGED = Refused(409, "Request_EntityChanged", "Another user has already changed the record.")


def serve_collection(call: Call, page: Page, company: Company, context: str) -> Reply:
    """GET lists, POST inserts; nothing else is allowed on a collection."""
    if call.method == "GET":
        return _list(call, page, company, context)
    if call.method == "POST":
        _require_editable(page, "insert")
        _require_permission(call, "Insert")
        return _insert(call, page, company, context)
    raise not_allowed(call.method, page.entity_set, "Collection")


def serve_count(call: Call, page: Page, company: Company) -> Reply:
    """`/$count`: a bare number."""
    if call.method != "GET":
        raise not_allowed(call.method, "$count", "Primitive")
    options = _options(call, page)
    return Reply(200, str(sum(1 for _ in _matching(call, page, company, options))), kind="text/plain")


def serve_row(call: Call, page: Page, company: Company, row: Salesperson | None, context: str) -> Reply:
    """GET, PATCH and DELETE of one row; there is no upsert."""
    if call.method not in ("GET", "PATCH", "DELETE"):
        raise not_allowed(call.method, page.entity_set, "Entity")
    if call.method == "GET":
        options = _options(call, page)
        return _row_reply(200, page, company, _existing(row), context, options.select)
    if call.method == "PATCH":
        _require_editable(page, "modify")
        return _modify(call, page, company, row, context)
    _require_editable(page, "delete")
    return _delete(call, page, company, row)


def visible(call: Call, company: Company, code: str) -> Salesperson | None:
    """The row with this code as the version can see it: NAV 2016 knows no code of more than ten characters."""
    row = company.get(code)
    return row if row is not None and len(row.code) <= call.profile.code_length else None


def _options(call: Call, page: Page) -> QueryOptions:
    options = read_options({name: value for name, value in call.query.items() if name != "$schemaversion"})
    known = page.fields()
    for name in [*(options.select or ()), *(name for name, _ in options.orderby), *options.expand]:
        if name not in known:
            raise QueryError(f"Could not find a property named '{name}' on type 'NAV.{page.entity_type}'.", "property")
    return options


def _list(call: Call, page: Page, company: Company, context: str) -> Reply:
    options = _options(call, page)
    rows: Iterable[Salesperson] = _matching(call, page, company, options)
    if options.orderby:
        columns = page.by_name()
        views = order_rows((View(columns, company, row) for row in rows), options.orderby, call.dialect)
        rows = [view.row for view in views]
    rows = islice(rows, _start(call, options), None)
    size = _page_size(call)
    wanted = size if options.top is None else min(size, options.top)
    shown = list(islice(rows, wanted))
    answer: dict[str, Any] = {"@odata.context": _selected(context, options.select)}
    if options.count:
        answer["@odata.count"] = sum(1 for _ in _matching(call, page, company, replace(options, skiptoken=None)))
    answer["value"] = [row_json(page, company, row, options.select) for row in shown]
    # With $top there is never a link, whatever is left (protocols 3.6).
    if options.top is None and shown and next(iter(rows), None) is not None:
        answer["@odata.nextLink"] = _next_link(call, options, shown[-1].code, _start(call, options) + len(shown))
    return Reply(200, answer)


def _matching(call: Call, page: Page, company: Company, options: QueryOptions) -> Iterator[Salesperson]:
    test = compile_filter(options.filter, call.dialect, page.fields()) if options.filter is not None else None
    rows = _candidates(page, company, test)
    if options.skiptoken is not None and not options.orderby:
        last = _token(call, options.skiptoken)
        rows = company.after(last) if test is None or rows is None else (row for row in rows if row.code > last)
    columns = page.by_name()
    for row in rows if rows is not None else company:
        if len(row.code) > call.profile.code_length:
            continue
        if test is None or test(View(columns, company, row)):
            yield row


def _candidates(page: Page, company: Company, test: Filter | None) -> Iterator[Salesperson] | None:
    """Rows by Code or SystemId where the filter pins one of them, None for all rows."""
    look_ups: dict[str, Callable[[str], Salesperson | None]] = {
        "code": company.get,
        "system_id": company.by_system_id,
    }
    for column in page.columns if test is not None else ():
        look_up = look_ups.get(column.attribute)
        values = test.candidates(column.name) if test is not None and look_up is not None else None
        if look_up is None or values is None:
            continue
        found = (look_up(value) for value in values if isinstance(value, str))
        return iter(sorted((row for row in found if row is not None), key=lambda row: row.code))
    return None


def _page_size(call: Call) -> int:
    preferred = call.prefers("odata.maxpagesize")
    size = call.world.switches.nav_page_size
    if preferred is None or not preferred.isdigit() or int(preferred) == 0:
        return size
    return min(size, int(preferred))


def _start(call: Call, options: QueryOptions) -> int:
    """How many rows to leave out: `$skip`, or what an ordered page's token says."""
    if options.skiptoken is None:
        return options.skip or 0
    if not options.orderby:
        return 0
    token = _token(call, options.skiptoken)
    if not token.isdigit():
        raise _dead_token()
    return int(token)


def _token(call: Call, token: str) -> str:
    expired = call.fault is not None and call.fault.action == "expire_delta"
    if expired or call.world.switches.nav_skiptoken_dies or len(token) < 2 or token[0] != "'" or token[-1] != "'":
        raise _dead_token()
    return token[1:-1].replace("''", "'")


def _dead_token() -> Refused:
    return bad_request("The skip token is no longer valid.", "SkipTokenIsNoLongerValid")


def _next_link(call: Call, options: QueryOptions, last_code: str, position: int) -> str:
    """Absolute; everything that was asked for, and where to go on. Older servers add `aid=FIRST` [U]."""
    mark = str(position) if options.orderby else last_code
    kept = [part for part in call.raw_query.split("&") if part and not _is_paging(part)]
    if not call.profile.has_api:
        kept.append("aid=FIRST")
    token = quote("'" + mark.replace("'", "''") + "'", safe="'")
    return f"{call.root}/{'/'.join(call.path)}?{'&'.join([*kept, f'$skiptoken={token}'])}"


def _is_paging(part: str) -> bool:
    name = part.partition("=")[0].lower().replace("%24", "$")
    return name in ("$skiptoken", "$skip", "aid")


def _selected(context: str, select: tuple[str, ...] | None) -> str:
    return context if select is None else f"{context}({','.join(select)})"


def _row_reply(
    status: int,
    page: Page,
    company: Company,
    row: Salesperson,
    context: str,
    select: tuple[str, ...] | None = None,
) -> Reply:
    shown = row_json(page, company, row, select)
    body = {"@odata.context": f"{_selected(context, select)}/$entity", **shown}
    return Reply(status, body, {"ETag": shown["@odata.etag"]})


def _insert(call: Call, page: Page, company: Company, context: str) -> Reply:
    body = call.json_object()
    supplied = body.pop("id", None) if page.key == "id" else None
    # API v2.0 takes the SystemId from the client.
    system_id = None if supplied is None else str(rules.guid(supplied))
    row = rules.insert(_writing(call, company), _changes(page, body), system_id)
    key = company.system_id(row) if page.key == "id" else quote("'" + row.code.replace("'", "''") + "'", safe="'")
    reply = _row_reply(201, page, company, row, context)
    headers = {**reply.headers, "Location": f"{call.root}/{'/'.join(call.path)}({key})"}
    if call.prefers("return-no-content") is not None:
        return Reply(204, headers={**headers, "Preference-Applied": "return-no-content"})
    return replace(reply, headers=headers)


def _modify(call: Call, page: Page, company: Company, row: Salesperson | None, context: str) -> Reply:
    sent = call.if_match()
    if sent is None:
        raise bad_request("The request must hold the ETag of the row in an If-Match header.", "BadRequest_InvalidToken")
    current = _existing(row)
    _require_permission(call, "Modify")
    current = _meddle(call, company, current)
    _require_current(page, company, current, sent)
    changes = _changes(page, call.json_object())
    changed = rules.modify(_writing(call, company), current, changes)
    return _row_reply(200, page, company, changed, context)


def _delete(call: Call, page: Page, company: Company, row: Salesperson | None) -> Reply:
    sent = call.if_match()
    current = _existing(row)
    _require_permission(call, "Delete")
    current = _meddle(call, company, current)
    if sent is not None:
        _require_current(page, company, current, sent)
    rules.delete(company, current)
    return Reply(204)


def _meddle(call: Call, company: Company, row: Salesperson) -> Salesperson:
    """The fault `stale_etag`: a FlowField moves just before the write, so that the ETag is stale though nothing
    that the client writes has changed (S8)."""
    if call.fault is None or call.fault.action != "stale_etag":
        return row
    # API v2.0 has no FlowField, but shows when the row was last touched.
    start = max(row.next_task, call.world.clock.now().date())
    touched = row.modified + timedelta(milliseconds=10)
    return company.put(replace(row, next_task=start + timedelta(days=1), modified=touched))


def _existing(row: Salesperson | None) -> Salesperson:
    if row is None:
        raise no_row()
    return row


def _require_current(page: Page, company: Company, row: Salesperson, sent: str) -> None:
    if sent not in ("*", row_etag(page, company, row)):
        raise Refused(CHANGED.status, CHANGED.code, str(CHANGED))


def _require_editable(page: Page, act: str) -> None:
    if not page.editable:
        raise Refused(
            405,
            "BadRequest_MethodNotAllowed",
            f"Entity does not support {act}: page {page.number} {page.caption} is not editable.",
        )


def _require_permission(call: Call, act: str) -> None:
    if not call.world.switches.nav_write_permission:
        raise Refused(
            403,
            "Authorization_RequestDenied",
            f"You do not have the following permissions on TableData {rules.TABLE}: {act}.",
        )


def _changes(page: Page, body: dict[str, Any]) -> Sequence[tuple[Column, Any]]:
    """Properties in the order of the body; unknown, annotated and read-only ones are refused."""
    changes = []
    for name, value in body.items():
        column = page.column(name)
        if column is None:
            raise bad_request(
                f"The property '{name}' does not exist on type 'NAV.{page.entity_type}'. Make sure to only use property"
                " names that are defined by the type."
            )
        if not column.editable:
            raise bad_request(f"Control '{column.caption}' is read-only.", "BadRequest_InvalidOperation")
        changes.append((column, value))
    return changes


def _writing(call: Call, company: Company) -> rules.Writing:
    switches = call.world.switches
    strict = {"version": call.profile.checks_email, "strict": True, "lax": False}[switches.nav_email_check]
    return rules.Writing(company, call.world.clock.now(), strict, switches.nav_duplicate_status)
