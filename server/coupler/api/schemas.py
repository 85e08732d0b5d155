"""What the API takes and answers around couplings, as the OpenAPI document shows it (contract 5)."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from coupler.api.fields import Flag, Guid, Moment, QueryFlag, Text
from coupler.domain.coupling import Origin, State
from coupler.domain.history import Deed, Stage
from coupler.domain.mapping import Direction
from coupler.domain.records import System
from coupler.domain.synchronization import Action, Question
from coupler.engine.couplings import SynchronizeAfterCoupling

MAPPING = "SALESPEOPLE"


def _nullable() -> fields.String:
    return fields.String(allow_none=True)


class PageQuery(Schema):
    """Every list's query."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = Text(8000, load_default=None, metadata={"description": "From the Link header of the page before."})


class NavSide(Schema):
    """A NAV record."""

    table = fields.String()
    key = fields.String()
    name = fields.String()
    url = _nullable()
    company = _nullable()


class CrmSide(Schema):
    """A CRM record."""

    entity = fields.String()
    id = fields.String()
    name = fields.String()
    url = _nullable()


class CouplingSchema(Schema):
    """A live coupling."""

    id = fields.String()
    connection = fields.String()
    mapping = fields.String()
    nav = fields.Nested(NavSide)
    crm = fields.Nested(CrmSide)
    state = fields.Enum(State, by_value=fields.String)
    health = fields.List(fields.String())
    last_synchronized_at = Moment(allow_none=True)
    last_synchronized_by = _nullable()
    skipped = fields.Boolean()
    last_error = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)
    origin = fields.Enum(Origin, by_value=fields.String)
    created_at = Moment()
    created_by = fields.String()


class CouplingsQuery(PageQuery):
    """Which couplings to list."""

    connection = Text(40, load_default=None)
    mapping = Text(40, load_default=None)
    nav_key = Text(40, load_default=None)
    crm_id = Guid(load_default=None)
    state = fields.Enum(State, by_value=fields.String, load_default=None)
    q = Text(100, load_default=None, metadata={"description": "Part of a code or name."})


class CoupleBody(Schema):
    """What the coupling window asks for."""

    connection = Text(40, required=True)
    mapping = Text(40, load_default=MAPPING)
    nav_key = Text(250, required=True)
    crm_id = Text(80, required=True)
    synchronize = fields.Enum(
        SynchronizeAfterCoupling, by_value=fields.String, load_default=SynchronizeAfterCoupling.NO
    )
    move = Flag(load_default=False, metadata={"description": "Give up the couplings that stand in the way."})


class FieldChangeSchema(Schema):
    """A NAV field before and after."""

    field = fields.String()
    before = fields.String()
    after = fields.String()


class SynchronizationSchema(Schema):
    """What a synchronization did, or with `dry_run` would do; after coupling perhaps only `error`."""

    action = fields.Enum(Action, by_value=fields.String)
    changes = fields.List(fields.Nested(FieldChangeSchema))
    warnings = fields.List(fields.Dict(keys=fields.String()))
    undo = _nullable()
    question = fields.Enum(Question, by_value=fields.String, allow_none=True)
    coupling = fields.Nested(CouplingSchema)
    error = fields.Dict(keys=fields.String(), metadata={"description": "A problem object."})


class SetUpSchema(Schema):
    """Both facts: the coupling stands, and how the synchronization went."""

    coupling = fields.Nested(CouplingSchema)
    synchronization = fields.Nested(SynchronizationSchema, allow_none=True)


class SynchronizeBody(Schema):
    """`to_crm` is refused where the mapping carries data only from CRM."""

    direction = fields.String(load_default="from_crm", validate=validate.OneOf(["from_crm", "to_crm"]))
    dry_run = Flag(load_default=False)
    force = Flag(load_default=False, metadata={"description": "Overwrite also where NAV changed."})


class PairQuery(Schema):
    """One pair; a side left out is filled in from the coupling, if there is one."""

    connection = Text(40, required=True)
    mapping = Text(40, load_default=MAPPING)
    nav_key = Text(250, load_default=None)
    crm_id = Text(80, load_default=None)


class ComparisonRowSchema(Schema):
    """One mapped field side by side; see also `kept` (a blank CRM value leaves NAV alone) and `refused`."""

    field = fields.String()
    nav_field = fields.String()
    crm_field = fields.String()
    direction = fields.Enum(Direction, by_value=fields.String)
    nav_value = fields.String()
    crm_value = fields.String()
    result_value = fields.String()
    differs = fields.Boolean()
    cut = fields.Integer()
    blanks = fields.Boolean()
    kept = fields.Boolean()
    refused = fields.Boolean()


class ComparisonSchema(Schema):
    """The Coupled Records of a pair, read live."""

    rows = fields.List(fields.Nested(ComparisonRowSchema))
    differing = fields.Integer()
    nav = fields.Nested(NavSide, allow_none=True)
    crm = fields.Nested(CrmSide, allow_none=True)
    coupling = _nullable()
    not_eligible = fields.List(fields.String())


class DirectoryQuery(PageQuery):
    """Which records to list."""

    connection = Text(40, required=True)
    mapping = Text(40, load_default=MAPPING)
    coupled = QueryFlag(load_default=None)
    q = Text(100, load_default=None, metadata={"description": "Part of a code, name or e-mail."})


class UsersQuery(DirectoryQuery):
    """Which CRM users to list."""

    everyone = QueryFlag(
        load_default=False, metadata={"description": "Also users the mapping's filter excludes from coupling."}
    )


class UserSchema(Schema):
    """A CRM user; `disabled` and `licensed` are null when the user can no longer be read."""

    id = fields.String()
    name = fields.String()
    email = fields.String()
    phone = fields.String()
    disabled = fields.Boolean(allow_none=True)
    licensed = fields.Boolean(allow_none=True)
    coupling = _nullable()
    salesperson = _nullable()
    salesperson_name = _nullable()
    url = _nullable()
    not_eligible = fields.List(fields.String())


class SalespersonSchema(Schema):
    """A NAV salesperson."""

    key = fields.String()
    name = fields.String()
    email = fields.String()
    phone = fields.String()
    blocked = fields.Boolean(allow_none=True)
    coupling = _nullable()
    user = _nullable()
    user_name = _nullable()
    url = _nullable()


class LinksQuery(Schema):
    """The record somebody is on; `table` and `key` for NAV, `entity` and `id` for CRM."""

    system = fields.Enum(
        System,
        by_value=fields.String,
        load_default=None,
        metadata={"description": "May be left out: `table` and `key` mean nav, `entity` and `id` crm."},
    )
    table = Text(60, load_default=None)
    key = Text(250, load_default=None)
    entity = Text(60, load_default=None)
    id = Text(80, load_default=None)
    company = Text(250, load_default=None)
    org = Text(250, load_default=None)
    connection = Text(40, load_default=None)
    tenant = Text(100, load_default=None)


class PartnerSchema(Schema):
    """The other side of a coupling; `table` and `key` in NAV, `entity` and `id` in CRM.

    `url` is null where the partner's client has no address form that can hold it.
    """

    system = fields.Enum(System, by_value=fields.String)
    table = fields.String()
    key = fields.String()
    entity = fields.String()
    id = fields.String()
    name = fields.String()
    url = _nullable()
    connection = fields.String()
    company = fields.String()
    coupling = fields.String()


class LinksSchema(Schema):
    """`url` opens the partner, or with several a page to choose on; null when not coupled."""

    coupled = fields.Boolean()
    url = _nullable()
    partner = fields.Nested(PartnerSchema, allow_none=True)
    coupling = _nullable()
    partners = fields.List(fields.Nested(PartnerSchema))


class HistoryQuery(PageQuery):
    """Which history entries to list."""

    coupling = Text(60, load_default=None)
    connection = Text(40, load_default=None)
    by = Text(200, load_default=None)
    since = Moment(load_default=None)


class HistoryEntrySchema(Schema):
    """One deed with the values before and after."""

    id = fields.String()
    at = Moment()
    by = fields.String()
    deed = fields.Enum(Deed, by_value=fields.String)
    stage = fields.Enum(Stage, by_value=fields.String)
    connection = fields.String()
    mapping = fields.String()
    coupling = fields.String()
    nav = fields.Nested(NavSide)
    crm = fields.Nested(CrmSide)
    before = fields.Dict(keys=fields.String())
    after = fields.Dict(keys=fields.String())
    detail = fields.String()
    undoes = _nullable()


class UndoBody(Schema):
    """The history entry to take back."""

    undo = Text(60, required=True)


class UndoneSchema(Schema):
    """The entry that took it back, and the coupling as it is now, if there is one."""

    entry = fields.Nested(HistoryEntrySchema)
    coupling = fields.Nested(CouplingSchema, allow_none=True)
