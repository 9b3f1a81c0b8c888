"""Text whose lines flow (RFC 3676): a space at the end of a line means that the paragraph goes on."""

_SIGNATURE = "-- "


def unflow(text: str, *, delete_space: bool = False) -> str:
    """Join flowed lines and remove the stuffed space from the others. Quotes keep their ">" marks.

    `delete_space` is DelSp=yes: the space at the end of a flowed line is no part of the text.
    """
    lines: list[str] = []
    pieces: list[str] = []  # of the paragraph that still goes on
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        own_depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if pieces and (own_depth != depth or content == _SIGNATURE):
            lines.append(_quoted("".join(pieces), depth))
            pieces = []
        depth = own_depth
        if content.endswith(" ") and content != _SIGNATURE:
            pieces.append(content[:-1] if delete_space else content)
            continue
        lines.append(_quoted("".join([*pieces, content]), depth))
        pieces = []
    if pieces:
        lines.append(_quoted("".join(pieces), depth))
    return "\n".join(lines)


def _quoted(text: str, depth: int) -> str:
    return f"{'>' * depth} {text}" if depth else text
