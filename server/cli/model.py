"""``ferrograph model``: list, inspect, use, download."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .options import json_option, root_option

if TYPE_CHECKING:
    from ...generation.gguf_info import ModelInfo

_GB = 1e9


@click.group("model")
def command() -> None:
    """List, inspect, choose or download language models (GGUF files).

    An endpoint needs none of this: set `model.url` and `model.name` (see docs/configuration.md).
    """


@command.command("list")
@root_option
@json_option
def list_command(*, root: Path, as_json: bool) -> None:
    """List the models in ferrograph's folder and those registered by `use`."""
    from ...generation.models import list_models, models_folder
    from ..chosen_model import chosen_model
    from .output import print_json, say

    chosen = chosen_model()
    models = list_models()
    if as_json:
        print_json(
            [
                {
                    "name": model.name,
                    "path": str(model.path),
                    "chosen": model.path == chosen,
                    "problem": model.problem,
                    **(_fields(model.info) if model.info is not None else {}),
                }
                for model in models
            ]
        )
        return
    for model in models:
        mark = "*" if model.path == chosen else " "
        about = model.problem if model.info is None else _in_words(model.info)
        click.echo(f"{mark} {model.name}  {about}")
    if not models:
        say(
            f"There is no model in {models_folder()} yet: `ferrograph model use FILE.gguf` takes "
            "one you have, `ferrograph model download OWNER/REPOSITORY` gets one."
        )


@command.command("inspect")
@click.argument("model")
@root_option
@json_option
def inspect_command(*, model: str, root: Path, as_json: bool) -> None:
    """Show what a GGUF file holds, from its header; MODEL is a path or a listed name."""
    from ...generation.gguf_info import inspect
    from ...generation.models import find_model
    from .output import print_json

    info = inspect(find_model(model))
    fields = {"path": str(info.path), **_fields(info)}
    if as_json:
        print_json(fields)
        return
    for name, value in fields.items():
        shown = f"{value:,}" if isinstance(value, int) else value
        click.echo(f"{name:<16} {'unknown' if value is None else shown}")


@command.command("use")
@click.argument("model")
@click.option("--name", help="A name for a file elsewhere.")
@root_option
@json_option
def use_command(*, model: str, name: str | None, root: Path, as_json: bool) -> None:
    """Use MODEL, a GGUF file or a listed name, wherever no setting names another."""
    from ...generation.models import find_model, models_folder, register
    from ..chosen_model import choose_model
    from .output import print_json

    path = find_model(model)
    inside = path.is_relative_to(models_folder())
    listed = register(path, name=name) if not inside or name else None
    choose_model(path)
    if as_json:
        print_json({"path": str(path), "name": listed.name if listed is not None else model})
    else:
        click.echo(f"{path} is used from now on.")


@command.command("download")
@click.argument("model")
@click.option("--sha256", help="What the file's checksum has to be.")
@click.option("--use", "use_it", is_flag=True, help="Use it from now on.")
@root_option
@json_option
def download_command(
    *, model: str, sha256: str | None, use_it: bool, root: Path, as_json: bool
) -> None:
    """Download MODEL: OWNER/REPOSITORY[:PART OF A FILE NAME] on a hub, or an address.

    An interrupted download goes on where it stopped. FERROGRAPH_MODEL_HUB names another hub.
    """
    from ...generation.download import download
    from ...generation.engine import Cancellation
    from ..chosen_model import choose_model
    from .output import print_json
    from .progress import Bars

    with Bars() as bars:
        got = download(
            model,
            sha256=sha256,
            progress=lambda done, total: bars.stage("downloading (bytes)", done, total or 0),
            cancel=Cancellation(),
        )
    if use_it:
        choose_model(got.path)
    if as_json:
        print_json({"name": got.name, "path": str(got.path), "chosen": use_it})
    else:
        click.echo(f"{got.path}")
        if not use_it:
            click.echo(f"Use it with: ferrograph model use {got.name}", err=True)


def _fields(info: ModelInfo) -> dict[str, Any]:
    return {
        "model": info.name,
        "architecture": info.architecture,
        "parameters": info.parameters,
        "quantisation": info.quantisation,
        "file_size": info.file_size,
        "context_length": info.context_length,
        "layers": info.layers,
        "tokenizer": info.tokenizer,
        "vocabulary": info.vocabulary,
        "chat_template": info.chat_template is not None,
    }


def _in_words(info: ModelInfo) -> str:
    window = f", {info.context_length:,} tokens" if info.context_length else ""
    return (
        f"{info.parameters / 1e9:.1f} billion weights, {info.quantisation}, "
        f"{info.file_size / _GB:.1f} GB{window}"
    )
