"""Invented sent messages."""

_THINGS = ("amber", "barley", "cedar", "clover", "copper", "fern", "heather", "linen")


def message(number: int) -> str:
    """An invented message without names and figures. Each number below 4,096 gives another one."""
    one, two, three, four = (_THINGS[number >> shift & 7] for shift in (0, 3, 6, 9))
    return f"The {one} and {two} baskets stand behind the {three} and {four} shelves."
