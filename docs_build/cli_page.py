"""The page of the command line, from the commands themselves."""

import re
from collections.abc import Iterator
from textwrap import dedent, fill

import click

from inkling.service.cli import COMMANDS, inkling

_WIDTH = 118
_INTRODUCTION = """\
# Command line

`inkling COMMAND --help` prints what stands here. A test compares this page with the commands.

* A wrong option or value is one line on standard error, and exit code 2.
* Ctrl-C ends a command with one line, and exit code 130.
* Results go to standard output. Progress and tables go to standard error.
"""
_NOTES = {
    "serve": "Every option can also come from the environment: see [settings](settings.md).",
    "explain": "See [tune](../guides/tune.md#ask-why).",
    "train": "See [train](../guides/train.md).",
    "evaluate": "See [quality](../explanation/quality.md).",
    "compare": "See [the study](../explanation/study.md).",
    "calibrate": "See [tune](../guides/tune.md).",
    "bundle": "See [bundle format](bundle.md).",
    "doctor": "See [check a machine](../guides/deploy.md#check-a-machine).",
}


def cli_page() -> str:
    """The page as Markdown: a section a command, with a table of its options."""
    context = click.Context(inkling, info_name="inkling")
    sections = [_INTRODUCTION]
    for name in COMMANDS:
        command = inkling.get_command(context, name)
        assert command is not None
        sections.append("\n".join(_section(name, command, click.Context(command, context, name))))
    return "\n".join(sections)


def _section(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from (f"## inkling {name}", "", "```", usage, "```", "")
    for paragraph in dedent(f"    {command.help}").split("\n\n"):
        yield from (fill(" ".join(paragraph.split()), _WIDTH), "")
    if name in _NOTES:
        yield from (_NOTES[name], "")
    yield from ("| option | meaning |", "| --- | --- |")
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None and record[1]:
            written, meaning = record
            yield f"| `{_cell(written)}` | {_cell(meaning)} |"
    yield ""


def _cell(text: str) -> str:
    """A text that may stand in a table."""
    return re.sub(r"\s+", " ", text).replace("|", r"\|").strip()
