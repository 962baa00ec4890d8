"""The log tells what happened and nothing about a person."""

import structlog

from data.logs import PRIVATE_KEYS, configure_logging


def test_private_values_are_struck_out_and_ids_stay(capsys) -> None:
    before = structlog.get_config()
    structlog.reset_defaults()
    try:
        configure_logging(production=True)
        structlog.get_logger().info(
            "form_saved", application=12, **dict.fromkeys(PRIVATE_KEYS, "secret-value")
        )
    finally:
        structlog.configure(**before)
    said = capsys.readouterr()
    assert said.out == ""
    assert '"application": 12' in said.err
    assert "secret-value" not in said.err
