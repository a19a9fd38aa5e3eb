"""Verdicts as a table, and as JSON."""

from __future__ import annotations

from typing import Any

from .judge import Judged, Verdict

_NAMES = {"types": "rust-analyzer alone", "compiled": "compiled"}


def table(judged: Judged) -> str:
    """What each layer let pass and caught, and how long it took."""
    memory = f", at most {judged.peak_bytes / 1e9:.1f} GB" if judged.peak_bytes else ""
    lines: list[str] = []
    if judged.version:
        ready = f"ready after {judged.ready_s:.1f} s"
        lines = [f"rust-analyzer {judged.version}: {ready}{memory}", ""]
    lines += [
        f"{'':22}{'right':>8}{'wrong':>9}{'at the':>9}{'compiler':>10}"
        f"{'right: median, p95':>22}{'wrong: median, p95':>22}",
        f"{'':22}{'passed':>8}{'caught':>9}{'line':>9}{chr(39) + 's code':>10}"
        f"{'seconds':>22}{'seconds':>22}",
    ]
    for layer in judged.layers():
        told = judged.summary(layer)
        right = f"{told['right_passed']}/{told['right']}"
        caught, of = told["wrong_caught"], told["wrong"]
        lines.append(
            f"{_NAMES[layer]:22}{right:>8}{f'{caught}/{of}':>9}{told['at_the_line']:>9}"
            f"{told['with_the_compilers_code']:>10}"
            f"{_seconds(told['right_s']):>22}{_seconds(told['wrong_s']):>22}"
        )
    for title, verdicts in (
        ("False alarms", [v for v in judged.verdicts if not v.edit.wrong and not v.passed]),
        ("Not caught", [v for v in judged.verdicts if v.edit.wrong and v.passed]),
    ):
        if verdicts:
            lines += ["", f"{title}:", *(f"  {_one(v)}" for v in verdicts)]
    return "\n".join(lines)


def details(judged: Judged) -> str:
    """Every problem that every layer told."""
    lines: list[str] = []
    for verdict in judged.verdicts:
        edit = verdict.edit
        expected = f"{edit.code or 'no code'} at `{edit.line}`" if edit.wrong else "nothing"
        lines += [
            f"{_NAMES[verdict.layer]}, {verdict.seconds:.2f} s: {verdict.checked.sure}"
            f" ({edit.kind}; expected: {expected})",
            *(f"  {problem}" for problem in verdict.checked.problems),
            *([f"  {verdict.checked.why}"] if verdict.checked.why else []),
        ]
    return "\n".join(lines)


def as_json(judged: Judged) -> dict[str, Any]:
    """The same, whole."""
    return {
        "rust_analyzer": {
            "version": judged.version,
            "ready_s": judged.ready_s,
            "peak_bytes": judged.peak_bytes,
        },
        "layers": {layer: judged.summary(layer) for layer in judged.layers()},
        "verdicts": [
            {
                "edit": verdict.edit.name,
                "kind": verdict.edit.kind,
                "wrong": verdict.edit.wrong,
                "layer": verdict.layer,
                "sure": verdict.checked.sure,
                "problems": list(verdict.checked.problems),
                "why": verdict.checked.why,
                "at_the_line": verdict.placed,
                "with_the_compilers_code": verdict.found,
                "seconds": verdict.seconds,
            }
            for verdict in judged.verdicts
        ],
    }


def _one(verdict: Verdict) -> str:
    problems = verdict.checked.problems
    said = problems[0] if problems else verdict.checked.why
    return f"{_NAMES[verdict.layer]}: {verdict.edit.name} ({verdict.edit.kind}) {said}".rstrip()


def _seconds(told: dict[str, float]) -> str:
    return f"{told['median']:.2f}, {told['p95']:.2f}" if told else ""
