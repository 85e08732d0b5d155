"""Zips that are the same bytes in every build: sorted parts, one fixed time, one compression (surfaces 1.2)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from coupler.domain.errors import InvalidInput

# The first moment a zip can express.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16
# More than any artefact of ours, and a bound for what a given file may unpack to.
MOST_BYTES = 20_000_000


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A zip of the parts, by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(parts):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = _REGULAR_FILE
            archive.writestr(entry, parts[name], compresslevel=9)
    return buffer.getvalue()


def unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """The parts of a zip; raises InvalidInput for what is none, names a part twice or unpacks to far too much."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if sum(entry.file_size for entry in entries) > MOST_BYTES:
                raise InvalidInput(f"{name} unpacks to more than {MOST_BYTES} bytes.")
            parts = {entry.filename: archive.read(entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InvalidInput(f"{name} is no usable zip file: {error}.") from error
    if len(parts) != len(entries):
        raise InvalidInput(f"{name} holds two parts of the same name.")
    return parts
