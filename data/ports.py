"""Whether a TCP port of this machine can be listened on. Standard library only."""

import errno
import socket


class PortRefused(Exception):
    """A port cannot be listened on; the message is one line that says what to do."""


def check_port_is_free(host: str, port: int) -> None:
    """Raise ``PortRefused`` when ``host:port`` cannot be listened on.

    Asked before the minutes of work whose result the port is to serve. Another program may still take the
    port in between; the server then says so itself.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise PortRefused(f"port {port} needs root: choose one above 1023 with --port") from None
        except OverflowError:
            raise PortRefused(f"{port} is no port: choose one from 1024 to 65535 with --port") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortRefused(
                    f"port {port} of {host} is taken by another program: stop it, or choose another with --port"
                ) from None
            raise PortRefused(f"{host}:{port} cannot be listened on ({error.strerror}): choose another") from None
