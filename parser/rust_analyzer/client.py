"""rust-analyzer's answers as values: expansions and problems. Positions are byte offsets."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote

from ..diagnostics import Diagnostic, Severity
from ..lines import Lines
from ..metadata import OFFLINE
from .errors import ExpertError, Gone, NoAnswer, Refused, Withdrawn
from .find import Program
from .options import CAPABILITIES, Options, initialization
from .process import Cancel, Process

Health: TypeAlias = Literal["ok", "warning", "error"]

_SEVERITIES: Final[dict[int, Severity]] = {1: "error", 2: "warning", 3: "information", 4: "hint"}
_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Status:
    """What the server says of itself."""

    health: Health = "ok"
    quiescent: bool = False
    """Whether it has read the workspace and works at nothing."""
    message: str = ""
    doing: str = ""
    """What it is at, with how far it got."""


@dataclass(frozen=True, slots=True)
class MacroExpansion:
    """``name`` is the macro's; ``text`` is what it stands for, macros within expanded, too."""

    name: str
    text: str


class RustAnalyzer:
    """A started rust-analyzer. Thread-safe. Everything raises `Gone` when it has ended."""

    def __init__(
        self,
        program: Program,
        root: Path,
        options: Options,
        *,
        changed: Callable[[Status], None] | None = None,
        ended: Callable[[str], None] | None = None,
    ) -> None:
        """Start it in ``root`` and greet it. Raises `Gone`, `NoAnswer`."""
        self.program = program
        self.root = root
        self.options = options
        self._changed = changed
        self._status = Status()
        self._work: dict[str, str] = {}
        self._news = threading.Condition()
        self._open: dict[Path, tuple[int, bytes]] = {}
        self._opening = threading.RLock()
        settings = initialization(options, os.cpu_count() or 1)
        self.process = Process(
            [str(program.path)],
            folder=root,
            environment={**os.environ, **OFFLINE} if options.offline else None,
            memory=None if options.memory_mb is None else options.memory_mb << 20,
            requests={
                "client/registerCapability": _nothing,
                "client/unregisterCapability": _nothing,
                "window/workDoneProgress/create": _nothing,
                "window/showMessageRequest": _nothing,
                "workspace/codeLens/refresh": _nothing,
                "workspace/configuration": lambda asked: [settings for _ in asked["items"]],
                "workspace/diagnostic/refresh": _nothing,
                "workspace/inlayHint/refresh": _nothing,
                "workspace/semanticTokens/refresh": _nothing,
            },
            notifications={
                "$/progress": self._progress,
                "experimental/serverStatus": self._told,
            },
            ended=lambda why: self._end(why, ended),
        )
        try:
            self._greet(settings)
        except ExpertError:
            self.process.close(politely=False)
            raise

    def _greet(self, settings: dict[str, Any]) -> None:
        uri = uri_of(self.root)
        self.process.request(
            "initialize",
            {
                "processId": os.getpid(),
                "clientInfo": {"name": "ferrograph"},
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": self.root.name}],
                "capabilities": CAPABILITIES,
                "initializationOptions": settings,
            },
            timeout=self.options.start_s,
        )
        self.process.notify("initialized", {})

    def close(self) -> None:
        """Stop it."""
        self.process.close()

    # -- how it fares ------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """What it last said of itself."""
        return self._status

    def wait_ready(self, *, timeout: float | None = None, cancel: Cancel | None = None) -> Status:
        """Wait until it has read the workspace. Raises `Gone`, `NoAnswer`, `Withdrawn`."""
        limit = self.options.load_s if timeout is None else timeout
        deadline = time.monotonic() + limit
        with self._news:
            while not self._status.quiescent:
                if self.process.over is not None:
                    raise Gone(self.process.over)
                if cancel is not None and cancel():
                    raise Withdrawn("waiting for rust-analyzer was cancelled")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise NoAnswer(f"rust-analyzer had not read the workspace within {limit:g} s")
                self._news.wait(min(left, _POLL_S if cancel is not None else 1.0))
            return self._status

    def _told(self, params: Any) -> None:
        self._set(
            health=params.get("health", "ok"),
            quiescent=bool(params.get("quiescent")),
            message=params.get("message") or "",
        )

    def _progress(self, params: Any) -> None:
        token, value = str(params["token"]), params["value"]
        if value["kind"] == "end":
            self._work.pop(token, None)
        else:
            title = value.get("title") or self._work.get(token, "").partition(":")[0]
            parts = (title, value.get("message") or "")
            self._work[token] = ": ".join(part for part in parts if part)
        self._set(doing=next(iter(self._work.values()), ""))

    def _set(self, **changes: Any) -> None:
        with self._news:
            before = self._status
            self._status = Status(
                health=changes.get("health", before.health),
                quiescent=changes.get("quiescent", before.quiescent),
                message=changes.get("message", before.message),
                doing=changes.get("doing", before.doing),
            )
            self._news.notify_all()
        if self._changed is not None and self._status != before:
            self._changed(self._status)

    def _end(self, why: str, ended: Callable[[str], None] | None) -> None:
        with self._news:
            self._news.notify_all()
        if ended is not None:
            ended(why)

    # -- texts -------------------------------------------------------------------------------------

    def show(self, path: Path, text: bytes) -> None:
        """Let this be the text of a file, whatever is on disk. Text must be UTF-8."""
        with self._opening:
            version, before = self._open.get(path, (0, None))
            if before == text:
                return
            self._open[path] = (version + 1, text)
            document = {"uri": uri_of(path), "version": version + 1}
            shown = text.decode("utf-8", "replace")
            if before is None:
                opened = {**document, "languageId": "rust", "text": shown}
                self.process.notify("textDocument/didOpen", {"textDocument": opened})
            else:
                changes = {"textDocument": document, "contentChanges": [{"text": shown}]}
                self.process.notify("textDocument/didChange", changes)

    def hide(self, path: Path) -> None:
        """Let what is on disk be the text of a file again."""
        with self._opening:
            if self._open.pop(path, None) is not None:
                document = {"uri": uri_of(path)}
                self.process.notify("textDocument/didClose", {"textDocument": document})

    @contextmanager
    def shown(self, texts: Mapping[Path, bytes]) -> Generator[None]:
        """For a while, let these be the texts of files; then again what was before.

        Nobody else shows or hides a file meanwhile.
        """
        with self._opening:
            before = {path: self._open.get(path) for path in texts}
            try:
                for path, text in texts.items():
                    self.show(path, text)
                yield
            finally:
                for path, known in before.items():
                    if known is None:
                        self.hide(path)
                    else:
                        self.show(path, known[1])

    # -- questions ---------------------------------------------------------------------------------

    def expand(
        self,
        path: Path,
        line: int,
        column: int,
        *,
        timeout: float | None = None,
        cancel: Cancel | None = None,
    ) -> MacroExpansion | None:
        """The macro call or derive at a place, expanded; None where none stands or it fails.

        Raises `NoAnswer`, `Gone`, `Withdrawn`.
        """
        try:
            found = self._ask("rust-analyzer/expandMacro", path, line, column, cancel, timeout)
        except Refused:
            return None
        if not found or not found.get("expansion"):
            return None
        return MacroExpansion(found.get("name") or "", found["expansion"])

    def diagnostics(
        self, path: Path, *, timeout: float | None = None, cancel: Cancel | None = None
    ) -> list[Diagnostic]:
        """rust-analyzer's own problems in a file, as the file is shown to it or else on disk."""
        limit = self.options.answer_s if timeout is None else timeout
        asked = {"textDocument": {"uri": uri_of(path)}}
        found = self.process.request("textDocument/diagnostic", asked, timeout=limit, cancel=cancel)
        items: list[Any] = [] if found is None else found.get("items", [])
        if not items:
            return []
        lines = Lines(self.text_of(path))
        return [_diagnostic(path, lines, each) for each in items]

    def text_of(self, path: Path) -> bytes:
        """What the server takes for the text of a file."""
        with self._opening:
            _, shown = self._open.get(path, (0, None))
        if shown is not None:
            return shown
        try:
            return path.read_bytes()
        except OSError:
            return b""

    def _ask(
        self,
        method: str,
        path: Path,
        line: int,
        column: int,
        cancel: Cancel | None,
        timeout: float | None = None,
    ) -> Any:
        place = {
            "textDocument": {"uri": uri_of(path)},
            "position": {"line": line, "character": column},
        }
        limit = self.options.answer_s if timeout is None else timeout
        return self.process.request(method, place, timeout=limit, cancel=cancel)


def uri_of(path: Path) -> str:
    """A file's URI."""
    name = path.as_posix()
    return "file://" + quote(name if name.startswith("/") else f"/{name}", safe="/~")


def _nothing(_params: Any) -> None:
    return None


def _diagnostic(path: Path, lines: Lines, found: Any) -> Diagnostic:
    start, end = found["range"]["start"], found["range"]["end"]
    code = found.get("code")
    return Diagnostic(
        path=path,
        start=lines.offset(start["line"], start["character"]),
        end=lines.offset(end["line"], end["character"]),
        line=start["line"],
        severity=_SEVERITIES.get(found.get("severity", 1), "error"),
        code="" if code is None else str(code),
        message=found["message"],
    )
