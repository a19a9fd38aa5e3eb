"""One case: the query, what has to be found, what every system answered, and why."""

from __future__ import annotations

from . import body, commits, docs, questions
from .errors import RetrievalError
from .options import Options

_SHOW = {
    docs.TASK: docs.show,
    body.TASK: body.show,
    commits.TASK: commits.show,
    questions.TASK: questions.show,
}


def show_one(case: str, options: Options) -> str:
    """Everything about a case. Raises `RetrievalError` where there is none of that id."""
    task, _, rest = case.partition("/")
    if task not in _SHOW or not rest:
        raise RetrievalError(
            f"{case} is no case: they are named TASK/CORPUS/…, with a task of {', '.join(_SHOW)}"
        )
    return _SHOW[task](case, options)
