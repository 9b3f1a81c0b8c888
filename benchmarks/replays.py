"""Types held-out messages again as simulated writers do.

    python -m benchmarks.replays growing --data dev.jsonl.gz --messages 60
    python -m benchmarks.replays eagerness --data dev.jsonl.gz --messages 60

`growing` measures how often grey text that is typed through would grow. `eagerness` measures what it saves to
learn how eager to be with each writer. No text of a message is shown.
"""

import click

from benchmarks.replaying.eagerness import eagerness
from benchmarks.replaying.growing import growing


@click.group()
def main() -> None:
    """Replays of held-out messages."""


main.add_command(growing)
main.add_command(eagerness)

if __name__ == "__main__":
    main()
