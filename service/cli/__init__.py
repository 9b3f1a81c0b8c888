"""The `inkling` command. Each command has a module, imported only when it is used."""

import contextlib
import importlib
import os
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NoReturn

import click

from inkling import models

COMMANDS: Mapping[str, str] = {
    "serve": "Serve suggestions over HTTP.",
    "complete": "Complete one text from the command line.",
    "explain": "Tell why a text gets its suggestions.",
    "train": "Train a bundle on mail.",
    "evaluate": "Measure a bundle on held-out mail.",
    "compare": "Measure kinds of models side by side.",
    "calibrate": "Fit a bundle's confidence and threshold on held-out mail.",
    "bundle": "Inspect and verify a bundle.",
    "doctor": "Look whether a service can start, and say what to mend.",
}


_LEAST_MEMORY = 256 * 1024 * 1024
"""Bytes of address space that the libraries alone need; with less they fail in many words."""


class LazyGroup(click.Group):
    """Lists commands without importing them, because most need a library that takes a second to load."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        try:
            command = importlib.import_module(f"{__name__}.{cmd_name}_command").command
        except ModuleNotFoundError as error:
            if error.name != "torch":
                raise
            raise click.ClickException(f"{cmd_name} needs torch; 'make train-tools' installs it") from None
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            if sys.stderr.isatty():
                raise  # click ends the line that shows ^C
            raise click.Abort from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(models.__version__, prog_name="inkling")
@click.pass_context
def inkling(ctx: click.Context) -> None:
    """Inkling, a self-hosted Smart Compose."""
    # The start of the command, before its libraries load. Commands may report times from here.
    ctx.obj = time.monotonic() if ctx.obj is None else ctx.obj
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _LEAST_MEMORY:
        raise click.ClickException(
            f"memory is limited to {limit >> 20} MiB, and at least {_LEAST_MEMORY >> 20} are needed: "
            "raise the limit (ulimit -v)"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0, 2 after one clear line for bad input, 130 when interrupted."""
    began = time.monotonic()
    try:
        inkling.main(
            args=None if arguments is None else list(arguments),
            prog_name="inkling",
            standalone_mode=False,
            obj=began,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        _end(error.format_message(), 2)
    except click.ClickException as error:
        _end(f"inkling: {' '.join(error.format_message().split())}", 2)
    except MemoryError:
        _end("inkling: there is not enough memory", 2)
    except (click.Abort, KeyboardInterrupt):
        _end("inkling: interrupted", 130)
    except OSError as error:
        _end(f"inkling: {' '.join(str(error).split())}", 2)


def _end(message: str, code: int) -> NoReturn:
    """Print a last line, if possible, and exit."""
    with contextlib.suppress(OSError):
        click.echo(message, err=True)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            # Python flushes once more at the end, which must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    sys.exit(code)
