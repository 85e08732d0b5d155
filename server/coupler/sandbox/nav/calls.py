"""One call to a server instance, free of the web framework, so that a part of a $batch is a call like any other."""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from coupler.sandbox.faults import Fault
from coupler.sandbox.filters import Dialect
from coupler.sandbox.nav.answers import bad_request
from coupler.sandbox.nav.profiles import Profile

if TYPE_CHECKING:
    from coupler.sandbox.world import World

_ETAG = re.compile(r'(?:W/)?"[^"]*"\Z')


@dataclass(frozen=True, slots=True)
class Call:
    """`root` is the service root without trailing slash, `path` the raw segments after it, `query` decoded."""

    world: "World"
    profile: Profile
    method: str
    root: str
    path: tuple[str, ...]
    raw_query: str
    query: dict[str, str]
    dialect: Dialect
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    fault: Fault | None = None

    def prefers(self, name: str) -> str | None:
        """The value of a preference, `""` for one without value, None where it was not sent."""
        for preference in ",".join(self.headers.getlist("Prefer")).split(","):
            key, _, value = preference.strip().partition("=")
            if key.strip().lower() == name:
                return value.strip().strip('"')
        return None

    def json_object(self) -> dict[str, Any]:
        """The body; anything else than a JSON object is refused."""
        try:
            read = json.loads(self.body.decode("utf-8-sig"), parse_float=Decimal)
        except ValueError as error:
            raise bad_request("The request body is not valid JSON.") from error
        if not isinstance(read, dict):
            raise bad_request("A JSON object was expected in the request body.")
        return read

    def if_match(self) -> str | None:
        """The If-Match header as sent; one that is neither `*` nor an ETag is refused."""
        sent = self.headers.get("If-Match")
        if sent is not None and sent != "*" and not _ETAG.match(sent):
            raise bad_request("The If-Match header does not hold an ETag.", "BadRequest_InvalidToken")
        return sent
