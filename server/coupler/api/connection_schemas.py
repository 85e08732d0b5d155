"""Connections and mappings as the API takes and answers them; secrets go in and never come out (contract 5)."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from coupler.api.fields import Address, Flag, Guid, Moment, Pem, Text
from coupler.domain.connection import NAME_PATTERN, SECRET_NAMES, CheckStatus, SignInKind, WebClient, WebService
from coupler.domain.mapping import BlankRule, Direction, Transformation, TruncationRule

_ALL_SECRETS = frozenset(name for names in SECRET_NAMES.values() for name in names)


# Written for both: Python's full match, and ECMAScript with anchors in the description (OpenAPI 3.1).
_SERVICE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}")


def _require_service(text: str) -> None:
    if not _SERVICE.fullmatch(text):
        raise ValidationError("Letters, digits and underscores, at most 100, for instance SalespersonCard.")


def _require_name(text: str) -> None:
    if not NAME_PATTERN.fullmatch(text):
        raise ValidationError("Lower-case letters, digits and hyphens, at most 40, for instance cronus.")


def _secret() -> Text:
    return Text(4000, load_only=True, metadata={"description": "Write-only."})


class SignInBody(Schema):
    """How Coupler signs in. Which secrets are needed follows from `kind`."""

    kind = fields.Enum(SignInKind, by_value=fields.String, required=True)
    token_url = Address(allow_none=True)
    client_id = Text(200, allow_none=True)
    scope = Text(500, allow_none=True, metadata={"description": "For CRM by default the origin of base_url/.default."})
    resource = Text(500, allow_none=True, metadata={"description": "AD FS wants this instead of a scope."})
    username = Text(200, allow_none=True)
    client_secret = _secret()
    certificate = Pem("CERTIFICATE", load_only=True, metadata={"description": "PEM. Write-only."})
    private_key = Pem("PRIVATE KEY", load_only=True, metadata={"description": "PEM. Write-only."})
    web_service_key = _secret()

    @validates_schema
    def refuse_idle_secrets(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """A secret the chosen kind does not use would only lie about."""
        kind = data.get("kind")
        idle = sorted(_ALL_SECRETS & set(data) - set(SECRET_NAMES[kind])) if kind else []
        if idle:
            raise ValidationError({name: [f"Not used to sign in by {kind}."] for name in idle})


class CrmBody(Schema):
    """The CRM organization."""

    base_url = Address(required=True, metadata={"description": "Opens forms: https://org.crm4.dynamics.com"})
    api_url = Address(metadata={"description": "The Web API root; by default base_url/api/data/v9.2."})
    app_id = Guid(allow_none=True)
    sign_in = fields.Nested(SignInBody, required=True)


class NavBody(Schema):
    """The NAV or Business Central company."""

    base_url = Address(
        "dynamicsnav",
        required=True,
        metadata={"description": "The client's address with the instance; dynamicsnav://... for the Windows client."},
    )
    service_url = Address(required=True, metadata={"description": "The OData V4 root or the API v2.0 root."})
    web_service = fields.Enum(WebService, by_value=fields.String, load_default=WebService.ODATA)
    client = fields.Enum(
        WebClient,
        by_value=fields.String,
        metadata={"description": "How addresses are formed; by default web2018, with web_service api bc-online."},
    )
    company = Text(30, required=True, metadata={"description": "The company's name, exactly."})
    company_id = Guid(allow_none=True, metadata={"description": "Looked up when left out."})
    service = fields.String(
        validate=_require_service,
        load_default="SalespersonCard",
        metadata={"description": "The name page 5116 is published under.", "pattern": f"^{_SERVICE.pattern}$"},
    )
    tenant = Text(100, allow_none=True)
    sign_in = fields.Nested(SignInBody, required=True)


class ConnectionBody(Schema):
    """A new connection."""

    name = fields.String(required=True, validate=_require_name, metadata={"pattern": NAME_PATTERN.pattern})
    title = Text(100, metadata={"description": "By default the company's name."})
    enabled = Flag(load_default=True)
    crm = fields.Nested(CrmBody, required=True)
    nav = fields.Nested(NavBody, required=True)


class ConnectionChange(ConnectionBody):
    """What to change of a connection; what is left out stays."""

    class Meta:
        """A name is for ever."""

        exclude = ("name",)


class SignInSchema(Schema):
    """How Coupler signs in; `secrets` names those that are set."""

    kind = fields.Enum(SignInKind, by_value=fields.String)
    token_url = fields.String(allow_none=True)
    client_id = fields.String(allow_none=True)
    scope = fields.String(allow_none=True)
    resource = fields.String(allow_none=True)
    username = fields.String(allow_none=True)
    secrets = fields.Dict(keys=fields.String(), values=fields.Constant("set"))


class CrmSchema(Schema):
    """The CRM organization."""

    base_url = fields.String()
    api_url = fields.String()
    app_id = fields.String(allow_none=True)
    sign_in = fields.Nested(SignInSchema)


class NavSchema(Schema):
    """The NAV or Business Central company."""

    base_url = fields.String()
    service_url = fields.String()
    web_service = fields.Enum(WebService, by_value=fields.String)
    client = fields.Enum(WebClient, by_value=fields.String)
    company = fields.String()
    company_id = fields.String(allow_none=True)
    service = fields.String()
    tenant = fields.String(allow_none=True)
    sign_in = fields.Nested(SignInSchema)


class ConnectionSchema(Schema):
    """A connection without its secrets."""

    name = fields.String()
    title = fields.String()
    enabled = fields.Boolean()
    created_at = Moment(allow_none=True)
    crm = fields.Nested(CrmSchema)
    nav = fields.Nested(NavSchema)


class CheckSchema(Schema):
    """One line of the connection test."""

    check = fields.String()
    status = fields.Enum(CheckStatus, by_value=fields.String)
    detail = fields.String()
    fix = fields.String()


class SessionConnectionSchema(Schema):
    """What a pane needs to know of a connection."""

    name = fields.String()
    title = fields.String()
    enabled = fields.Boolean()
    nav_company = fields.String()
    nav_base_url = fields.String()
    crm_base_url = fields.String()


class SessionSchema(Schema):
    """Who asks, with which roles, and for which connections."""

    id = fields.String()
    name = fields.String()
    roles = fields.List(fields.String())
    connections = fields.List(fields.Nested(SessionConnectionSchema))


class FieldMappingSchema(Schema):
    """One integration field mapping."""

    nav_field = fields.String()
    crm_field = fields.String()
    direction = fields.Enum(Direction, by_value=fields.String)
    blank = fields.Enum(BlankRule, by_value=fields.String)
    truncation = fields.Enum(TruncationRule, by_value=fields.String)
    transformation = fields.Enum(Transformation, by_value=fields.String)
    enabled = fields.Boolean()


class ConditionSchema(Schema):
    """One line of the integration table filter."""

    field = fields.String()
    equals = fields.Raw()
    reason = fields.String()


class MappingSchema(Schema):
    """An integration table mapping as this connection uses it."""

    name = fields.String()
    enabled = fields.Boolean()
    direction = fields.Enum(Direction, by_value=fields.String)
    nav = fields.Dict(keys=fields.String())
    crm = fields.Dict(keys=fields.String())
    filter = fields.List(fields.Nested(ConditionSchema))
    fields_ = fields.List(fields.Nested(FieldMappingSchema), data_key="fields", attribute="fields")
    etag = fields.String(metadata={"description": "For If-Match."})


class FieldRuleBody(Schema):
    """What to change of one field line; what is left out stays."""

    nav_field = Text(60, required=True)
    blank = fields.Enum(BlankRule, by_value=fields.String)
    truncation = fields.Enum(TruncationRule, by_value=fields.String)
    enabled = Flag()


class MappingBody(Schema):
    """What to change of a mapping; what is left out stays."""

    enabled = Flag()
    direction = fields.Enum(
        Direction,
        by_value=fields.String,
        metadata={"description": "Only one the mapping lets data flow in; anything else is `direction_not_allowed`."},
    )
    fields_ = fields.List(
        fields.Nested(FieldRuleBody), data_key="fields", attribute="fields", validate=validate.Length(max=50)
    )
