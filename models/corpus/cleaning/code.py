"""Finds program text in messages: code, listings, logs and commands. No writer wants it suggested."""

import re
from collections.abc import Sequence

_SYMBOL = re.compile(r"[{}\[\]()<>=;_|\\#$^*~+@&%]")
_VISIBLE = re.compile(r"\S")
_STARTS = re.compile(
    r"(?:[$%#]\s+\S|>{1,3}\s*\S+\s*(?:<-|=|\()|#include\b|#!/|@@ |\+\+\+ |--- [ab]/|(?:diff|index) [-\w]"
    r"|(?:def|class|import|from|return|if|for|while|else|function|library|sudo|apt-get|git|pip|cd|ls)\b.*[:;({]$"
    r"|Traceback \(most|File \"|Error in |Warning message|\[\d+\]\s)"
)
_ENDS = re.compile(r"[{};\\]$|\)\s*;$|<-|->\s*\w+\(|\w\(\w*\)\s*$|==|!=|&&|\|\|")
_MAX_SYMBOL_SHARE = 0.1
_MIN_VISIBLE = 6
_MAX_CODE_SHARE = 0.5


def is_code(line: str) -> bool:
    """Whether a stripped line is program text rather than prose."""
    if _STARTS.match(line) or _ENDS.search(line):
        return True
    visible = len(_VISIBLE.findall(line))
    return visible >= _MIN_VISIBLE and len(_SYMBOL.findall(line)) > _MAX_SYMBOL_SHARE * visible


def cut_code(lines: Sequence[str]) -> list[str]:
    """The lines without those that are program text; none where half of them are."""
    filled = [line for line in lines if line]
    code = sum(map(is_code, filled))
    if code > _MAX_CODE_SHARE * len(filled):
        return []
    return [line for line in lines if not is_code(line)] if code else list(lines)
