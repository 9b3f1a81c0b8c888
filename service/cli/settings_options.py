"""The settings of the service as options of a command."""

from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import click
from pydantic.fields import FieldInfo

from inkling.service.settings import Settings

_METAVARS = {
    "host": "ADDRESS",
    "replicas": "[INTEGER|auto]",
    "allowed_origins": "LIST",
    "allowed_hosts": "LIST",
    "trusted_proxies": "LIST",
    "redis": "URL",
    "redis_profiles": "URL",
}

Function = TypeVar("Function", bound=Callable[..., Any])


def settings_options(function: Function) -> Function:
    """Give a command an option for each setting; one that is not given is None."""
    for name, field in reversed(Settings.model_fields.items()):
        function = _option(name, field)(function)
    return function


def _option(name: str, field: FieldInfo) -> Callable[[Function], Function]:
    flag = f"--{name.replace('_', '-')}"
    if field.annotation is bool:
        declaration = f"{flag}/--no-{flag[2:]}" if field.default else flag
        return click.option(declaration, is_flag=True, default=None, help=field.description)
    return click.option(
        flag, type=_type(field.annotation), metavar=_METAVARS.get(name), default=None, help=_help(field)
    )


def _type(annotation: Any) -> Any:
    if get_origin(annotation) is Literal:
        return click.Choice(get_args(annotation))
    if get_origin(annotation) in (Union, UnionType):
        kinds = [one for one in get_args(annotation) if one is not type(None)]
        annotation = kinds[0] if len(kinds) == 1 else str
    if annotation is Path:
        return click.Path(path_type=Path)
    return annotation if annotation in (int, float) else str


def _help(field: FieldInfo) -> str:
    """The description, with the default if there is one that the description does not mention."""
    text, default = field.description or "", field.default
    if default is None or default == () or text.endswith(("]", "].")):
        return text
    told = f"[{default:g}]" if isinstance(default, float) else f"[{default}]"
    return f"{text.removesuffix('.')} {told}." if text.endswith(".") else f"{text} {told}".strip()
