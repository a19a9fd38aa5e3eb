"""Why rust-analyzer gives no answer. Each message is one sentence, with what to do about it."""

from __future__ import annotations

from ..errors import ParserError


class ExpertError(ParserError):
    """rust-analyzer has no answer; everything else goes on without it."""


class NotInstalled(ExpertError):
    """There is no rust-analyzer that could run."""


class NotTrusted(ExpertError):
    """The workspace isn't trusted, and rust-analyzer runs a workspace's code."""


class SwitchedOff(ExpertError):
    """The settings say that rust-analyzer isn't wanted."""


class Gone(ExpertError):
    """The process ended, or could not be started."""


class NoAnswer(ExpertError):
    """It took longer than it may."""


class Refused(ExpertError):
    """It answered a request with an error of its own."""


class Withdrawn(ExpertError):
    """Who asked no longer wants the answer."""
