"""What the API takes and answers around suggestions, as the OpenAPI document shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from coupler.api.fields import Guid, Moment, Text
from coupler.api.schemas import MAPPING, PairQuery
from coupler.domain.matching import Cause, Certainty
from coupler.engine.rejections import MOST_AT_ONCE
from coupler.engine.suggestions import MOST

HEADER = "Coupler-Suggestions"
SUMMARY: Mapping[str, Any] = {
    HEADER: {
        "schema": {"type": "string"},
        "description": (
            "A structured dictionary (RFC 9651), e.g. `total=63, excluded=7, no_email=1, user_disabled=2, rejected=0, "
            'excluded_matches=1, partial=0, as_of="2026-11-23T09:30:15Z"`. Of the candidates: `total`; `excluded` who '
            "may not be coupled, and one number per reason; `no_email` of the others; `excluded_matches` with this "
            "record's e-mail or name who may not be coupled; `rejected` pairs of this record; `partial=1` when the "
            "list is too long to be read whole, so that nothing is exact. `as_of` is when it was read. `not_eligible` "
            "is there when the user asked about may not be coupled itself, and says why."
        ),
    }
}


class SuggestionsQuery(PairQuery):
    """One record: a salesperson or a user."""

    limit = fields.Integer(load_default=3, validate=validate.Range(1, MOST))


class ReasonSchema(Schema):
    """Something the two records have in common; with `other_...` above 0 it does not tell them from others."""

    code = fields.Enum(Cause, by_value=fields.String)
    text = fields.String(metadata={"description": "In English."})
    percent = fields.Integer(allow_none=True, metadata={"description": "How similar the names are."})
    other_users = fields.Integer()
    other_salespeople = fields.Integer()


class SuggestionSchema(Schema):
    """A user (`id`) for a salesperson, or a salesperson (`key`) for a user.

    `taken` is the record it is coupled to already, with `coupling`; such a one cannot be chosen, only moved.
    """

    id = fields.String()
    key = fields.String()
    name = fields.String()
    email = fields.String()
    phone = fields.String()
    url = fields.String(allow_none=True)
    exact = fields.Boolean(metadata={"description": "The same as `certainty` being `exact`."})
    certainty = fields.Enum(Certainty, by_value=fields.String)
    score = fields.Integer(metadata={"description": "How alike the strongest value is, in percent."})
    reasons = fields.List(fields.Nested(ReasonSchema))
    taken = fields.Dict(keys=fields.String(), allow_none=True)
    coupling = fields.String(allow_none=True)


class RejectedPair(Schema):
    """A salesperson and a user who do not belong together."""

    nav_key = Text(250, required=True)
    crm_id = Guid(required=True)


class RejectBody(Schema):
    """*None of these*: the pairs that were suggested."""

    connection = Text(40, required=True)
    mapping = Text(40, load_default=MAPPING)
    pairs = fields.List(fields.Nested(RejectedPair), required=True, validate=validate.Length(1, MOST_AT_ONCE))


class RejectionSchema(Schema):
    """A pair that is not suggested any more. `nav_key` comes back in upper case, as NAV writes codes."""

    nav_key = fields.String()
    crm_id = fields.String()
    rejected_at = Moment()
    rejected_by = fields.String()
