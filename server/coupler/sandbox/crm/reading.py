"""GET on collections and rows: query options, order, pages, conditional reads (protocols 1.3, 1.4, 1.7)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from coupler.sandbox.crm.answers import Answer, Call, bad_request, unknown_property, unsupported
from coupler.sandbox.crm.attributes import TableDefinition
from coupler.sandbox.crm.paging import Cookie, link, read_cookie, write_cookie
from coupler.sandbox.crm.preferences import MAX_PAGE, Preferences, applied, read_preferences
from coupler.sandbox.crm.rendering import Find, columns, context, etag, expand, navigation_target, render
from coupler.sandbox.crm.sources import METADATA_VERSION, Row, Source, source_of
from coupler.sandbox.query import (
    DATAVERSE,
    Filter,
    QueryError,
    QueryOptions,
    Unsupported,
    compile_filter,
    order_rows,
    read_options,
    substitute_aliases,
)

if TYPE_CHECKING:
    from coupler.sandbox.world import World

COUNT_LIMIT = 5000
_OTHER_QUERIES = frozenset({"fetchXml", "savedQuery", "userQuery", "sql"})


def checked_options(call: Call, table: TableDefinition) -> QueryOptions:
    """The call's query options, checked against the table."""
    _check_names(call)
    try:
        options = read_options(call.query)
    except QueryError as error:
        raise bad_request(str(error)) from error
    except Unsupported as error:
        raise unsupported(error.name) from error
    if options.skip is not None:
        raise bad_request("Skip Clause is not supported in CRM")
    if options.top is not None and not 1 <= options.top <= MAX_PAGE:
        raise bad_request(f"The value of $top must be between 1 and {MAX_PAGE}.")
    for name, _ in options.orderby:
        if name not in table.attributes:
            raise unknown_property(name, table.logical)
    for name in options.expand:
        navigation_target(table, name)
    columns(table, options.select)
    return options


def _check_names(call: Call) -> None:
    for name in call.query:
        if name in _OTHER_QUERIES:
            raise unsupported(f"the query parameter '{name}'")
        if not name.startswith(("$", "@")):
            raise bad_request(f"The query parameter {name} is not supported")


def compiled_filter(call: Call, options: QueryOptions, table: TableDefinition) -> Filter | None:
    """The `$filter` ready to use, or None without one."""
    text = _filter_text(call, options)
    if text is None:
        return None
    try:
        return compile_filter(text, DATAVERSE, table.fields)
    except QueryError as error:
        raise bad_request(str(error)) from error
    except Unsupported as error:
        raise unsupported(error.name) from error


def finder(world: World) -> Find:
    """Looks up rows that others refer to."""
    return partial(_find, world)


def read_collection(world: World, source: Source, call: Call) -> Answer:
    """One page of rows, with the link to the next one."""
    table = source.definition
    options, asked = checked_options(call, table), read_preferences(call.headers.get("prefer", ""))
    passes = compiled_filter(call, options, table)
    cookie = read_cookie(options.skiptoken, table.primary_id) if options.skiptoken is not None else None
    size = page_size(world, asked, options)
    rows = list(islice(_rows(source, options, _filter_text(call, options), passes, cookie), size + 1))
    more, rows = len(rows) > size, rows[:size]
    limited_by_top = options.top is not None and asked.page_size is None
    body: dict[str, Any] = {"@odata.context": context(call.root, table, options)}
    body |= _counts(source, options, passes, asked)
    body["value"] = rendered(rows, table, options, asked, finder(world))
    if more and not limited_by_top:
        following = _cookie_behind(rows[-1], table, options, cookie)
        body["@odata.nextLink"] = link(call.path, call.raw_query, skiptoken=write_cookie(following, table.primary_id))
    return listing(body, asked)


def listing(body: Mapping[str, Any], asked: Preferences) -> Answer:
    """A 200 with what was honoured."""
    honoured = applied(asked, listing=True)
    return Answer(200, body, {"Preference-Applied": honoured} if honoured else {})


def rendered(
    rows: list[Row], table: TableDefinition, options: QueryOptions, asked: Preferences, find: Find
) -> list[dict[str, Any]]:
    """Rows as JSON objects, expanded where asked for."""
    names = columns(table, options.select)
    shown = [render(row, table, names, asked, find) for row in rows]
    if options.expand:
        for row, members in zip(rows, shown, strict=True):
            members |= expand(row, table, options, asked, find)
    return shown


def page_size(world: World, asked: Preferences, options: QueryOptions) -> int:
    """Rows of one page: the preference beats `$top`, the server's cap beats both."""
    wanted = asked.page_size or options.top or MAX_PAGE
    return min(wanted, MAX_PAGE, world.switches.crm_page_cap)


def count_rows(source: Source, call: Call) -> Answer:
    """`/$count`: a number as text, at most 5000."""
    options = checked_options(call, source.definition)
    passes = compiled_filter(call, options, source.definition)
    return Answer(200, str(_count(source, passes)))


def read_row(world: World, source: Source, row: Row, call: Call) -> Answer:
    """One row, or 304 when the caller has it already."""
    table = source.definition
    options, asked = checked_options(call, table), read_preferences(call.headers.get("prefer", ""))
    may_skip = not options.expand and not asked.annotations and world.switches.crm_optimistic_concurrency
    if may_skip and call.headers.get("if-none-match") == etag(row):
        return Answer(304, None, {"ETag": etag(row)})
    body = {"@odata.context": context(call.root, table, options, tail="/$entity")}
    body |= rendered([row], table, options, asked, finder(world))[0]
    headers = {"ETag": etag(row)}
    if honoured := applied(asked):
        headers["Preference-Applied"] = honoured
    return Answer(200, body, headers)


def read_property(source: Source, row: Row, name: str, call: Call) -> Answer:
    """A single value of a row; 204 when it is empty."""
    table = source.definition
    if name not in table.attributes:
        raise unknown_property(name, table.logical)
    if row.get(name) is None:
        return Answer(204)
    place = f"{call.root}$metadata#{table.entity_set}({row[table.primary_id]})/{name}"
    return Answer(200, {"@odata.context": place, "value": row.get(name)})


def _filter_text(call: Call, options: QueryOptions) -> str | None:
    return None if options.filter is None else substitute_aliases(options.filter, call.query)


def _find(world: World, entity_set: str, key: str) -> Row | None:
    source = source_of(world, entity_set)
    return source.get(key) if source and key else None


def _rows(
    source: Source, options: QueryOptions, text: str | None, passes: Filter | None, cookie: Cookie | None
) -> Iterator[Row]:
    """Matching rows behind the cookie, in order; lazily where the order is that of the ids."""
    last = cookie.last_id if cookie else None
    if not options.orderby:
        yield from _matching(source, passes, last)
        return
    ordered = source.remembered(
        (options.orderby, text), lambda: order_rows(_matching(source, passes, None), options.orderby, DATAVERSE)
    )
    begin = 0
    if cookie:
        behind = partial(_compare, options.orderby, source.definition.primary_id, cookie)
        begin = bisect_right(ordered, 0, key=behind)
    yield from islice(ordered, begin, None)


def _matching(source: Source, passes: Filter | None, last: str | None) -> Iterator[Row]:
    wanted = passes.candidates(source.definition.primary_id) if passes else None
    if passes is None:
        return source.after(last)
    if wanted is None:
        return filter(passes, source.after(last))
    ids = sorted(str(key) for key in wanted if last is None or str(key) > last)
    return (row for key in ids if (row := source.get(key)) is not None and passes(row))


def _compare(orderby: tuple[tuple[str, bool], ...], primary_id: str, cookie: Cookie, row: Row) -> int:
    """Does the row stand before (-1), on (0) or behind (1) the cookie's place?"""
    for name, descending in orderby:
        here, there = _key(row.get(name)), _key(cookie.last.get(name))
        if here != there:
            return -1 if (here < there) != descending else 1
    row_id = str(row[primary_id])
    return (row_id > cookie.last_id) - (row_id < cookie.last_id)


def _key(value: Any) -> tuple[bool, Any]:
    if value is None:
        return False, 0
    return True, DATAVERSE.fold(value) if isinstance(value, str) else value


def _cookie_behind(row: Row, table: TableDefinition, options: QueryOptions, before: Cookie | None) -> Cookie:
    page = before.page + 1 if before else 2
    return Cookie(page, row[table.primary_id], {name: row.get(name) for name, _ in options.orderby})


def _count(source: Source, passes: Filter | None) -> int:
    return sum(1 for _ in islice(_matching(source, passes, None), COUNT_LIMIT))


def _counts(source: Source, options: QueryOptions, passes: Filter | None, asked: Preferences) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    matching = sum(1 for _ in islice(_matching(source, passes, None), COUNT_LIMIT + 1)) if options.count else -1
    if options.count:
        shown["@odata.count"] = min(matching, COUNT_LIMIT)
    prefix = "Microsoft.Dynamics.CRM."
    extra = {
        "totalrecordcount": min(matching, COUNT_LIMIT),
        "totalrecordcountlimitexceeded": matching > COUNT_LIMIT,
        "globalmetadataversion": METADATA_VERSION,
    }
    return shown | {f"@{prefix}{name}": value for name, value in extra.items() if asked.wants(prefix + name)}
