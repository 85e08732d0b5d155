"""What a setting's text must look like: pure checks, each telling in one sentence what is wrong."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from coupler.domain.errors import SettingsError

# A value that would do, for every variable that can be wrong.
EXAMPLES = {
    "COUPLER_DATA_DIR": "/var/lib/coupler",
    "COUPLER_DATABASE_URL": "postgresql+psycopg://coupler:PASSWORD@db.example.com:5432/coupler",
    "COUPLER_SECRET_KEYS": 'what this prints: python -c "import base64, os; '
    'print(base64.urlsafe_b64encode(os.urandom(32)).decode())"',
    "COUPLER_PUBLIC_URL": "https://coupler.example.com",
    "COUPLER_OIDC_ISSUER": "https://login.microsoftonline.com/TENANT-ID/v2.0",
    "COUPLER_OIDC_CLIENT_ID": "11111111-2222-3333-4444-555555555555",
    "COUPLER_OIDC_CLIENT_SECRET": "COUPLER_OIDC_CLIENT_SECRET_FILE=/run/secrets/coupler_oidc_client_secret",
    "COUPLER_OIDC_AUDIENCE": "api://coupler",
    "COUPLER_CORS_ORIGINS": "https://nav.example.com,https://org.crm4.dynamics.com",
    "COUPLER_PORT": "8000",
    "COUPLER_THREADS": "8",
    "COUPLER_LOG_LEVEL": "info",
    "COUPLER_LOG_FORMAT": "json",
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong or missing variable: what is wrong with it, and a value that would do."""

    variable: str
    problem: str
    example: str

    def __str__(self) -> str:
        return f"{self.variable}: {self.problem} Example: {self.example}"


def problem_with(variable: str, problem: str, example: str = "") -> Problem:
    """A problem with the usual example of its variable, unless another is given."""
    return Problem(variable, problem, example or EXAMPLES[variable])


def settings_error(problems: Sequence[Problem]) -> SettingsError:
    """All of them in one error, a line each, and as `details["problems"]`."""
    shown = [{"variable": p.variable, "problem": p.problem, "example": p.example} for p in problems]
    return SettingsError("\n".join(map(str, problems)), problems=shown)


def listed(text: str) -> tuple[str, ...]:
    """Values separated by commas, blanks or lines."""
    return tuple(re.split(r"[\s,]+", text.strip(", \t\r\n"))) if text.strip(", \t\r\n") else ()


def database_problem(url: str) -> str | None:
    """What is wrong with the address; never quotes it, for it may hold a password."""
    scheme, separator, _ = url.partition("://")
    if not separator:
        return "is not an address; it begins with sqlite:/// or postgresql+psycopg://."
    if scheme == "sqlite":
        in_memory = "the file is missing; a database in memory cannot be shared between threads and starts."
        path = url.removeprefix("sqlite:///").partition("?")[0]
        return None if url.startswith("sqlite:///") and path not in ("", ":memory:") else in_memory
    if scheme != "postgresql+psycopg":
        return f'begins with "{scheme[:30]}"; Coupler speaks sqlite:/// and postgresql+psycopg://.'
    parts = _split_url(url)
    if parts is None:
        return "is not an address; a special character in the password must be percent-encoded, @ as %40."
    return None if parts.path.strip("/") else "the name of the database at its end is missing."


def _split_url(url: str) -> SplitResult | None:
    """The parts, or None when host or port cannot be right."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def is_fernet_key(key: str) -> bool:
    """Whether it is 32 bytes in URL-safe Base64."""
    try:
        return len(base64.b64decode(key.encode("ascii"), altchars=b"-_", validate=True)) == 32
    except (binascii.Error, UnicodeEncodeError):
        return False


def origin_problem(value: str) -> str | None:
    """Anything but scheme, host and port."""
    parts = _split_url(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or "*" in value:
        return f'"{value[:80]}" is not an http or https address.'
    if parts.path or parts.query or parts.fragment or parts.username:
        return "must be scheme, host and port only, without path."
    return None


def issuer_problem(issuer: str) -> str | None:
    """Anything but an https address, or an http one of this machine."""
    parts = _split_url(issuer)
    scheme, host = (parts.scheme, parts.hostname) if parts else ("", None)
    if host and (scheme == "https" or (scheme == "http" and host in _LOOPBACK)):
        return None
    return f'"{issuer[:80]}" is not an https address; http is accepted on this machine only.'
