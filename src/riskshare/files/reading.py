"""Reading: the bytes of regular files up to a size; pipes, devices and links out of a folder are not followed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO


class NotRegularError(OSError):
    """What stands there is a folder, a pipe or a device, which a reader would wait for or never finish."""


class LinkedOutError(OSError):
    """A link that leads out of the folder: what it leads to was not sent with the folder."""


class TooLargeError(OSError):
    """A file that is larger than any of its kind that people work with."""


def stream_of(path: Path, folder: Path | None = None) -> IO[bytes]:
    """The open file, for reading.

    Errors: NotRegularError for a folder, a pipe or a device, LinkedOutError for a link that leads out of `folder`, and
    whatever the system says, all of them OSErrors.
    """
    if folder is not None and not path.resolve().is_relative_to(folder.resolve()):
        raise LinkedOutError(errno.ELOOP, f"it is a link that leads out of {folder}", str(path))
    # Without O_NONBLOCK the opening itself would wait until somebody writes into a pipe.
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise NotRegularError(errno.EINVAL, "it is no file but a folder, a pipe or a device", str(path))
        return os.fdopen(opened, "rb")
    except BaseException:
        os.close(opened)
        raise


def contents(path: Path, limit: int, folder: Path | None = None) -> bytes:
    """The bytes of a file of at most so many. Errors: as `stream_of`, and TooLargeError."""
    with stream_of(path, folder) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise TooLargeError(errno.EFBIG, f"it is larger than {limit // 1_000_000} MB", str(path))
    return content


def is_there(path: Path) -> bool:
    """Whether something stands at a path, be it a link to nothing."""
    return path.is_symlink() or path.exists()
