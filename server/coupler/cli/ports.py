"""Looking whether an address can be listened on, before something else fails less clearly."""

from __future__ import annotations

import errno
import socket

from coupler.domain.errors import InvalidInput

LOOPBACK = "127.0.0.1"


class AddressUnusable(InvalidInput):
    """Nothing can be served there; the message says what to do."""

    code = "address_unusable"
    fix = ""


def address_of(host: str) -> str:
    """The numeric address of a host of this machine, IPv4 first; raises AddressUnusable."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressUnusable(
            f'"{host[:80]}" is no address of this machine. 127.0.0.1 serves this machine only, 0.0.0.0 the network.',
        ) from error
    return str(min(found, key=lambda entry: entry[0] != socket.AF_INET)[4][0])


def is_free(address: str, port: int) -> bool:
    """Whether nobody listens there. Raises OSError for anything but a port that is taken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            # On Windows SO_REUSEADDR would succeed on a port that is taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def require_free(address: str, port: int) -> None:
    """Raise AddressUnusable naming the port, why it cannot be used and how to take another.

    Needed because granian shares a port that another granian listens on instead of failing.
    """
    try:
        free = is_free(address, port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AddressUnusable(f"Port {port} of {address} cannot be used: {reason}. {_another(port)}") from error
    if not free:
        raise AddressUnusable(f"Port {port} of {address} is taken by another program. {_another(port)}")


def _another(port: int) -> str:
    return f"End that program or choose another port, for instance --port {port + 100 if port < 65000 else 8100}."


def next_free(port: int, count: int) -> tuple[int, ...]:
    """The next `count` free ports of this machine above `port`."""
    found: list[int] = []
    candidate = port
    while len(found) < count:
        candidate += 1
        if candidate > 65535:
            raise AddressUnusable(f"There are not {count} free ports above {port}. Choose a lower one with --port.")
        if is_free(LOOPBACK, candidate):
            found.append(candidate)
    return tuple(found)
