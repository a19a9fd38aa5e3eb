"""What ferrograph says to the editor. Every method may be called from any thread."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Final

from lsprotocol import types
from pygls.exceptions import JsonRpcException

if TYPE_CHECKING:
    from .lsp import FerrographServer

_log = logging.getLogger(__name__)

_ANSWER_S: Final = 10.0
"""A client that doesn't answer within this is done without."""
_REPORT_EVERY_S: Final = 0.1


class Client:
    """The editor at the other end. Messages leave in the order in which they were given."""

    def __init__(self, server: FerrographServer) -> None:
        self._server = server
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._cancels: dict[types.ProgressToken, Callable[[], None]] = {}
        self._numbers = itertools.count(1)

    def connect(self) -> None:
        """Remember the event loop; called on it, once a client is there."""
        self._loop = asyncio.get_running_loop()

    def post(self, action: Callable[[], object]) -> None:
        """Run something on the event loop soon; nothing happens once that is closed."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(action)
        except RuntimeError:  # closed between the two lines
            _log.debug("A message came after the connection had ended.")

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine beside everything else; called on the event loop."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- messages -----------------------------------------------------------------------------

    def info(self, text: str) -> None:
        """Show a message."""
        self._show(types.MessageType.Info, text)

    def warn(self, text: str) -> None:
        """Show a message about something that needs the user's attention."""
        self._show(types.MessageType.Warning, text)

    def error(self, text: str) -> None:
        """Show a message about something that failed."""
        self._show(types.MessageType.Error, text)

    def log(self, text: str) -> None:
        """Note something in the editor's log, where it disturbs nobody."""
        params = types.LogMessageParams(type=types.MessageType.Info, message=text)
        self.post(lambda: self._server.window_log_message(params))

    def _show(self, kind: types.MessageType, text: str) -> None:
        params = types.ShowMessageParams(type=kind, message=text)
        self.post(lambda: self._server.window_show_message(params))

    # -- progress -----------------------------------------------------------------------------

    def progress(
        self,
        title: str,
        *,
        token: types.ProgressToken | None = None,
        percentage: bool = False,
        on_cancel: Callable[[], None] | None = None,
    ) -> Progress:
        """Begin to show progress; with the client's ``token`` if it gave one.

        ``percentage`` says that reports will have one; clients ignore those of others.
        """
        window = self._server.client_capabilities.window
        can_create = window is not None and bool(window.work_done_progress)
        if token is None and not can_create:
            return Progress(None, self.post, None)
        shown = token if token is not None else f"ferrograph/{next(self._numbers)}"
        if on_cancel is not None:
            self._cancels[shown] = on_cancel
        channel = _Channel(self, self._server, shown, create=token is None)
        begin = types.WorkDoneProgressBegin(
            title=title,
            cancellable=on_cancel is not None,
            percentage=0 if percentage else None,
        )
        self.post(lambda: channel.begin(begin))

        def ended() -> None:
            self._cancels.pop(shown, None)

        return Progress(channel, self.post, ended)

    def cancel_progress(self, token: types.ProgressToken) -> None:
        """The user pressed a progress report's cancel button."""
        cancel = self._cancels.get(token)
        if cancel is not None:
            cancel()

    # -- requests -----------------------------------------------------------------------------

    async def apply_edit(self, params: types.ApplyWorkspaceEditParams) -> tuple[bool, str]:
        """Ask the editor to apply an edit: whether it did, and its reason if not."""
        try:
            result = await self._server.workspace_apply_edit_async(params)
        except JsonRpcException as error:
            return False, str(error)
        return result.applied, result.failure_reason or ""

    async def choose(self, text: str, options: Sequence[str]) -> str | None:
        """Ask the user, and wait as long as it takes; None where nothing is chosen."""
        params = types.ShowMessageRequestParams(
            type=types.MessageType.Warning,
            message=text,
            actions=[types.MessageActionItem(title=option) for option in options],
        )
        try:
            chosen = await self._server.window_show_message_request_async(params)
        except JsonRpcException:
            return None
        return chosen.title if chosen is not None else None

    async def configuration(self, section: str) -> object:
        """The editor's settings under ``section``, or None where it won't say."""
        item = types.ConfigurationItem(section=section)
        try:
            found = await asyncio.wait_for(
                self._server.workspace_configuration_async(types.ConfigurationParams([item])),
                _ANSWER_S,
            )
        except (TimeoutError, JsonRpcException):
            return None
        return found[0] if found else None

    async def watch_files(self, patterns: list[str]) -> None:
        """Ask the editor to tell of changes to files, where it can."""
        workspace = self._server.client_capabilities.workspace
        watched = workspace.did_change_watched_files if workspace is not None else None
        if watched is None or not watched.dynamic_registration:
            return
        options = types.DidChangeWatchedFilesRegistrationOptions(
            watchers=[types.FileSystemWatcher(glob_pattern=p) for p in patterns]
        )
        registration = types.Registration(
            id="ferrograph/watch",
            method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
            register_options=options,
        )
        try:
            await asyncio.wait_for(
                self._server.client_register_capability_async(
                    types.RegistrationParams([registration])
                ),
                _ANSWER_S,
            )
        except (TimeoutError, JsonRpcException) as error:
            _log.warning("The editor does not watch files for ferrograph: %s", error)


class _Channel:
    """One progress token. Lives on the event loop; keeps order while its creation is under way."""

    def __init__(
        self, client: Client, server: FerrographServer, token: types.ProgressToken, *, create: bool
    ) -> None:
        self._client = client
        self._server = server
        self._token = token
        self._create = create
        self._open = not create
        self._waiting: list[Any] = []

    def begin(self, value: types.WorkDoneProgressBegin) -> None:
        self.send(value)
        if self._create:
            self._client.spawn(self._created())

    def send(self, value: Any) -> None:
        if self._open:
            params = types.ProgressParams(token=self._token, value=value)
            self._server.protocol.notify(types.PROGRESS, params)
        else:
            self._waiting.append(value)

    async def _created(self) -> None:
        params = types.WorkDoneProgressCreateParams(token=self._token)
        try:
            await asyncio.wait_for(
                self._server.window_work_done_progress_create_async(params), _ANSWER_S
            )
        except (TimeoutError, JsonRpcException) as error:
            _log.warning("The editor shows no progress: %s", error)
            self._waiting.clear()
            self.send = self._drop
            return
        self._open = True
        waiting, self._waiting = self._waiting, []
        for value in waiting:
            self.send(value)

    def _drop(self, value: Any) -> None:
        """The editor refused the token; nothing may be sent under it."""


class Progress:
    """Progress of one thing. Reports are thinned out; the end is always sent, and only once."""

    def __init__(
        self,
        channel: _Channel | None,
        post: Callable[[Callable[[], object]], None],
        ended: Callable[[], None] | None,
    ) -> None:
        self._channel = channel
        self._post = post
        self._ended = ended
        self._last = 0.0
        self._done = False
        self._lock = threading.Lock()

    def report(self, message: str, percentage: int | None = None) -> None:
        """Say how far it is, at most ten times a second."""
        channel = self._channel
        with self._lock:
            now = time.monotonic()
            if self._done or channel is None or now - self._last < _REPORT_EVERY_S:
                return
            self._last = now
        value = types.WorkDoneProgressReport(message=message, percentage=percentage)
        self._post(lambda: channel.send(value))

    def end(self, message: str) -> None:
        """It is over."""
        channel = self._channel
        with self._lock:
            if self._done:
                return
            self._done = True
        if self._ended is not None:
            self._ended()
        if channel is not None:
            value = types.WorkDoneProgressEnd(message=message)
            self._post(lambda: channel.send(value))
