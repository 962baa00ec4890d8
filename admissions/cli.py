"""The ``dungtuyen`` command. Each feature brings its own commands; this module only mounts them.

Exit codes: 0 done, 2 refused with one plain line, 130 interrupted; anything else is a mistake of ours.
"""

import os
import sys

import typer

from admissions import cli_allocation, cli_db, cli_demo, cli_gis, cli_serve
from admissions.cli_errors import find_plain_line
from data.logs import configure_logging

app = typer.Typer(
    help="Đúng Tuyến: school admissions with travel times on the real network.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

for feature in (cli_allocation, cli_db, cli_demo, cli_gis, cli_serve):
    feature.register(app)


def main() -> None:
    """Run the command line; end with one plain line where the cause lies outside the program."""
    configure_logging(production=os.environ.get("DUNGTUYEN_ENVIRONMENT") == "production")
    try:
        app()
    except Exception as error:
        line = find_plain_line(error)
        if line is None:
            raise
        print(f"dungtuyen: {line}", file=sys.stderr)
        sys.exit(2)
    except SystemExit as leaving:
        if leaving.code == 130:
            print("dungtuyen: interrupted; run the same command again to go on", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
