"""``FILE:LINE`` on the command line to a place in the graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import BadPlace
from ..positions import LineIndex
from ..project import Project
from .options import FilePlace


@dataclass(frozen=True, slots=True)
class Located:
    """A place in a file of the workspace: its name in the graph, its text, a byte span."""

    file: str
    path: Path
    text: bytes
    start: int
    end: int


def locate(project: Project, place: FilePlace) -> Located:
    """Find a place. The file is looked for from the current folder, then from the root.

    A line stands for its first character that is not white space. Raises `BadPlace`.
    """
    given = Path(place.file)
    candidates = [given] if given.is_absolute() else [Path.cwd() / given, project.root / given]
    path = next((p for p in candidates if p.is_file()), None)
    if path is None:
        raise BadPlace(f"There is no file {place.file}, neither here nor in {project.root}.")
    name = project.name_of(path)
    if name is None:
        raise BadPlace(f"{path} does not belong to the workspace {project.root}.")
    try:
        text = path.read_bytes()
    except OSError as error:
        raise BadPlace(f"{path} can't be read: {error.strerror}.") from error
    lines = LineIndex(text, "utf-32")
    last = place.last_line or place.line
    if last > len(lines):
        raise BadPlace(f"{place.file} has {len(lines)} lines, not {last}.")
    if place.column is not None:
        start = end = lines.offset(place.line - 1, place.column - 1)
        return Located(name, path, text, start, end)
    start, line_end = lines.line_span(place.line - 1)
    content = text[start:line_end]
    start += len(content) - len(content.lstrip())
    end = lines.line_span(last - 1)[1] if place.last_line is not None else start
    return Located(name, path, text, start, max(start, end))
