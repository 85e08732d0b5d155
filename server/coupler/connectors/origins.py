"""Which addresses belong to a connection: nothing secret is ever sent elsewhere (protocols T12, trust 3.8). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from coupler.domain.errors import InvalidInput, UnexpectedAnswer

_PORTS = {"http": 80, "https": 443}
# Python's splitter drops line feeds and tabs where httpx refuses the address: only one of them may be right.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST = 32_768


@dataclass(frozen=True, slots=True)
class Root:
    """A service root without trailing slash. Raises InvalidInput for what is no plain http(s) address."""

    url: str

    def __post_init__(self) -> None:
        parts = _split(self.url)
        if parts is None or parts.query or parts.fragment or self.url.endswith("/"):
            raise InvalidInput(
                f'"{shown(self.url)}" cannot be a service address. Expected one like https://host/path, '
                "without user name, query or trailing slash."
            )

    @property
    def host(self) -> str:
        """Host name or address, without port."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port, the scheme's own when none is written."""
        parts = urlsplit(self.url)
        return parts.port or _PORTS[parts.scheme]

    @property
    def is_secure(self) -> bool:
        """Whether it speaks TLS."""
        return urlsplit(self.url).scheme == "https"

    def owns(self, url: str) -> bool:
        """Same scheme, host and port, and at or below the root's path, without dot segments."""
        mine, theirs = urlsplit(self.url), _split(url)
        if theirs is None or _origin(mine) != _origin(theirs):
            return False
        if any(unquote(segment) in (".", "..") for segment in theirs.path.split("/")):
            return False
        # IIS and NAV take paths in any case and answer in their own.
        prefix, path = unquote(mine.path).lower(), unquote(theirs.path).lower()
        return path == prefix or path.startswith(prefix + "/")

    def require(self, url: str) -> str:
        """`url` itself; raises UnexpectedAnswer for a foreign one, before anything is sent there."""
        if not self.owns(url):
            raise UnexpectedAnswer(
                f"The answer points to {shown(url)}, which is not below {self.url}. Coupler sends no token there. "
                "Behind a proxy, set the service's public base URL to the address Coupler uses."
            )
        return url


def shown(url: str) -> str:
    """An address for people: scheme, host, port and path, never a query or user name."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "an unreadable address"
    return f"{parts.scheme}://{host}{parts.path}"[:200]


def _split(url: str) -> SplitResult | None:
    if len(url) > _LONGEST or _CONTROL.search(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    plain = parts.scheme in _PORTS and bool(parts.hostname) and "@" not in parts.netloc and "\\" not in url
    return parts if plain else None


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS[parts.scheme]
