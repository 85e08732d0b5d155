"""CSDL of the page services and of API v2.0, with the MaxLength of every text (protocols 3.1, 3.2)."""

from collections.abc import Iterable
from xml.sax.saxutils import quoteattr

from coupler.sandbox.filters import Kind
from coupler.sandbox.nav.columns import Column, Page

_TYPES: dict[Kind, str] = {
    "text": "Edm.String",
    "code": "Edm.String",
    "guid": "Edm.Guid",
    "boolean": "Edm.Boolean",
    "number": "Edm.Decimal",
    "date": "Edm.Date",
    "datetime": "Edm.DateTimeOffset",
}


def csdl(namespace: str, pages: Iterable[Page], company: Page) -> str:
    """The `$metadata` document of one service root; `company` is the entity set of the companies."""
    all_pages = [company, *pages]
    types = "".join(_entity_type(page) for page in all_pages)
    sets = "".join(
        f"<EntitySet Name={quoteattr(page.entity_set)} EntityType={quoteattr(f'{namespace}.{page.entity_type}')}/>"
        for page in all_pages
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace={quoteattr(namespace)} xmlns="http://docs.oasis-open.org/odata/ns/edm">{types}'
        f'<EntityContainer Name="NAV">{sets}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )


def _entity_type(page: Page) -> str:
    properties = "".join(_property(page, column) for column in page.columns)
    key = f"<Key><PropertyRef Name={quoteattr(page.key)}/></Key>"
    return f"<EntityType Name={quoteattr(page.entity_type)}>{key}{properties}</EntityType>"


def _property(page: Page, column: Column) -> str:
    length = f' MaxLength="{column.max_length}"' if column.max_length else ""
    scale = ' Scale="Variable"' if column.kind == "number" else ""
    nullable = ' Nullable="false"' if column.name == page.key else ""
    return f"<Property Name={quoteattr(column.name)} Type={quoteattr(_TYPES[column.kind])}{nullable}{length}{scale}/>"
