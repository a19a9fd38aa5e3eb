"""Who owns a database: a lock that dies with its process, and where its owner is to be found.

The lock is the operating system's, on a file beside the database, so that a killed process leaves
none behind. The file's text says how the owner is reached; it counts only while the lock is held.
The file is never removed: another process might just have opened it.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import socket
import stat
import struct
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ..parser.rust import PARSER_VERSION
from .schema import SCHEMA_VERSION

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

PROTOCOL: Final = 1
"""Changes whenever what is said over the socket does."""

CAN_SHARE: Final = fcntl is not None and hasattr(socket, "AF_UNIX")
"""Whether processes of this machine can share a database."""

_LONGEST_ADDRESS: Final = 100
"""Bytes of a socket's path; systems take 104 to 108."""


@dataclass(frozen=True, slots=True)
class OwnerNote:
    """What an owner says of itself in the lock file."""

    pid: int
    address: str
    """The path of its socket; empty while it still opens the database."""
    ferrograph: str
    protocol: int = PROTOCOL
    schema: int = SCHEMA_VERSION
    parser: int = PARSER_VERSION

    @property
    def speaks_our_language(self) -> bool:
        """Whether its graph and its words mean the same as ours."""
        ours = (PROTOCOL, SCHEMA_VERSION, PARSER_VERSION)
        return (self.protocol, self.schema, self.parser) == ours


class OwnerLock:
    """The lock beside one database."""

    def __init__(self, database: Path) -> None:
        self.path = database.with_name(f"{database.name}.lock")
        self._handle: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody has it; whether it is ours now. Raises `OSError`."""
        assert fcntl is not None
        if self._handle is not None:
            return True
        # No link is followed: a workspace's author must not choose which file is written.
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(self.path, flags, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                return False
            raise
        if not self._is_there(handle):
            # It was removed between our opening and locking it: another one may be locked by now.
            os.close(handle)
            return False
        self._handle = handle
        return True

    def _is_there(self, handle: int) -> bool:
        try:
            return os.path.samestat(os.fstat(handle), os.lstat(self.path))
        except OSError:
            return False

    def is_lost(self) -> bool:
        """Whether somebody removed the file and another one stands, maybe locked, in its place."""
        return self._handle is not None and self.path.exists() and not self._is_there(self._handle)

    def publish(self, note: OwnerNote) -> None:
        """Say who has the lock. Raises `OSError`."""
        assert self._handle is not None
        text = json.dumps(asdict(note)).encode() + b"\n"
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, text, 0)

    def release(self) -> None:
        """Give the lock back; twice is fine."""
        handle, self._handle = self._handle, None
        if handle is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, 0)
            os.close(handle)

    def read(self) -> OwnerNote | None:
        """What the file says; None where it says nothing (yet) that can be read."""
        try:
            found = json.loads(self.path.read_bytes())
            note = OwnerNote(
                pid=int(found["pid"]),
                address=str(found["address"]),
                ferrograph=str(found["ferrograph"]),
                protocol=int(found["protocol"]),
                schema=int(found["schema"]),
                parser=int(found["parser"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return note


def listen(database: Path) -> tuple[socket.socket, str]:
    """A listening socket that only this user can reach, and its path. Raises `OSError`.

    For the holder of the lock alone: what an earlier owner left at that path is removed.
    """
    # Paths of sockets are short, so it does not stand beside the database.
    name = hashlib.sha256(os.fsencode(database.resolve())).hexdigest()[:24] + ".socket"
    folder = _private_folder(len(name))
    address = str(folder / name)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(address)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(address)
        os.chmod(address, 0o600)
        sock.listen(64)
    except BaseException:
        sock.close()
        raise
    return sock, address


def connect(address: str, timeout_s: float) -> socket.socket:
    """A connection to an owner. Raises `OSError`, also where it is another user's."""
    folder = Path(address).parent
    if not _is_private(folder):
        raise PermissionError(errno.EACCES, f"{folder} is open to other users")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout_s)
        sock.connect(address)
        check_peer(sock)
    except BaseException:
        sock.close()
        raise
    return sock


def check_peer(sock: socket.socket) -> None:
    """Raise `PermissionError` where the process at the other end is another user's.

    Where the system can't say, the private folder has to do.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return
    layout = struct.Struct("3i")
    raw = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, layout.size)
    _, user, _ = layout.unpack(raw)
    if user != os.geteuid():
        raise PermissionError(errno.EACCES, "the other process is another user's")


def _private_folder(name_length: int) -> Path:
    """A folder for sockets that no other user can enter."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    candidates = [Path(tempfile.gettempdir()) / f"ferrograph-{os.geteuid()}"]
    if runtime and os.path.isdir(runtime):
        candidates.insert(0, Path(runtime) / "ferrograph")
    for folder in candidates:
        if len(os.fsencode(folder)) + 1 + name_length > _LONGEST_ADDRESS:
            continue
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        if _is_private(folder) and os.access(folder, os.W_OK):
            return folder
    # Somebody else took the name. The lock file says where the socket is, so any folder will do.
    return Path(tempfile.mkdtemp(prefix="ferrograph-", dir="/tmp"))


def _is_private(folder: Path) -> bool:
    try:
        about = folder.lstat()
    except OSError:
        return False
    return (
        stat.S_ISDIR(about.st_mode)
        and about.st_uid == os.geteuid()
        and not about.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    )
