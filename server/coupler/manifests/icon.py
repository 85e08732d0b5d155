"""Coupler's icon, drawn: two linked rings as PNG, without image libraries or stored pictures. Pure."""

from __future__ import annotations

import math
import struct
import zlib
from functools import cache

INK = (0x0F, 0x6C, 0xBD)
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# In parts of the picture's width: where the rings are, how wide and how thick, and the gap where one crosses the other.
_CENTRES = ((0.345, 0.5), (0.655, 0.5))
_RADIUS, _HALF, _GAP = 0.235, 0.072, 0.045


@cache
def png(size: int) -> bytes:
    """The icon in `size` by `size` pixels: RGBA, the same bytes each time."""
    rows = b"".join(b"\0" + b"".join(_pixel(x, y, size) for x in range(size)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    return _SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pixel(x: int, y: int, size: int) -> bytes:
    left, right = (_distance(x, y, size, centre) for centre in _CENTRES)
    gap = _GAP * size
    upper = y + 0.5 < size / 2
    # Above the middle the left ring lies on top, below it the right one: so they are linked.
    over, under = (left, right) if upper else (right, left)
    hidden = max(0.0, min(1.0, 0.5 - (over - gap)))
    covered = max(_coverage(over), _coverage(under) * (1.0 - hidden))
    return bytes((*INK, round(255 * covered)))


def _distance(x: int, y: int, size: int, centre: tuple[float, float]) -> float:
    """From the pixel's middle to the ring's edge, in pixels; negative inside."""
    away = math.hypot(x + 0.5 - centre[0] * size, y + 0.5 - centre[1] * size)
    return abs(away - _RADIUS * size) - _HALF * size


def _coverage(distance: float) -> float:
    return max(0.0, min(1.0, 0.5 - distance))
