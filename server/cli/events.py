"""A generation's events, shown as progress."""

from __future__ import annotations

from ...generation import events
from .output import say
from .progress import Bars


class Watcher:
    """An event sink for the command line."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._tokens = 0

    def __call__(self, event: events.Event) -> None:
        match event:
            case events.Started(prompt_tokens=tokens):
                self._bars.stage("reading the prompt", 0, tokens)
            case events.PromptRead(done=done, total=total):
                self._bars.stage("reading the prompt", done, total)
            case events.Token():
                self._tokens += 1
                self._bars.stage("writing", self._tokens, 0)
            case events.Retrying(reason=reason, delay_s=delay):
                say(f"{reason} Trying again in {delay:.0f} s.")
            case events.Repairing() as repairing:
                self._tokens = 0
                say(f"The answer could not be used ({repairing.line}); asking again.")
            case events.Checking():
                self._bars.stage("checking the edit", 0, 0)
            case events.Warned(message=message):
                say(message)
            case events.Finished():
                pass
