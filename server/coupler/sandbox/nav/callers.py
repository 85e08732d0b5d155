"""Who may call a server instance: bearer token, or Basic with the web service access key (protocols 3.7)."""

import base64
import binascii
import hmac

from werkzeug.datastructures import Headers

from coupler.sandbox.faults import Fault
from coupler.sandbox.identity.errors import TokenRefused
from coupler.sandbox.identity.registry import BC_AUDIENCE, INTEGRATION_APP, NAV_AUDIENCE
from coupler.sandbox.identity.tokens import require_bearer, revoke_bearer
from coupler.sandbox.nav.answers import Refused
from coupler.sandbox.nav.profiles import USER_NAME, WEB_SERVICE_KEY, Profile
from coupler.sandbox.world import World


def require_caller(world: World, profile: Profile, headers: Headers, fault: Fault | None, *, online: bool) -> None:
    """Let the call pass or refuse it with 401. Online there is no Basic (protocols 3.7)."""
    authorization = headers.get("Authorization")
    scheme = (authorization or "").partition(" ")[0].lower()
    if fault is not None and fault.action == "revoke_token":
        revoke_bearer(world, authorization)
        raise _refused(online)
    if not world.switches.nav_user_permission:
        raise _refused(online)
    if scheme == "basic" and world.switches.nav_basic and not online:
        if not _is_key(authorization or ""):
            raise _refused(online)
        return
    _require_token(world, profile, authorization, online)


def _require_token(world: World, profile: Profile, authorization: str | None, online: bool) -> None:
    audiences = (BC_AUDIENCE,) if profile.has_api else (NAV_AUDIENCE, BC_AUDIENCE)
    for audience in audiences:
        try:
            claims = require_bearer(world, authorization, audience)
        except TokenRefused:
            continue
        # An application must be on the page "Microsoft Entra applications"; people come with scopes of their own.
        if claims.get("scp") or claims.get("azp") == INTEGRATION_APP.client_id:
            return
    raise _refused(online)


def _is_key(authorization: str) -> bool:
    try:
        sent = base64.b64decode(authorization.partition(" ")[2].strip(), validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(sent, f"{USER_NAME}:{WEB_SERVICE_KEY}".encode())


def _refused(online: bool) -> Refused:
    challenge = "Bearer" if online else 'Bearer, Basic realm="Dynamics NAV"'
    return Refused(
        401,
        "Authentication_InvalidCredentials",
        "The server has rejected the client credentials.",
        {"WWW-Authenticate": challenge},
    )
