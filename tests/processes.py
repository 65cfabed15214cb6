"""Processes that tests start: each ends with the test run, however that ends."""

import ctypes
import os
import signal
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(port: int) -> bool:
    """Say whether somebody listens on the port."""
    with socket.socket() as caller:
        caller.settimeout(1)
        return caller.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def serving(server: socketserver.BaseServer) -> Iterator[None]:
    """Let a server answer in a thread. It looks often whether it must end: by itself Python's
    does so twice a second, which hundreds of tests would wait for.
    """
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def _end_with_parent() -> None:
    # A run in the background of a shell ignores SIGINT, and so would every Python that it starts:
    # each would be waited for, and then killed.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # A killed test run cannot clean up: the kernel does it.
    if hasattr(LIBC, "prctl"):
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGINT)


class Process:
    """A program in the background, its output in a file."""

    def __init__(
        self, *command: str | Path, log: Path, env: Mapping[str, str], user: str | None = None
    ) -> None:
        self.command = [str(word) for word in command]
        self.log = log
        as_user = {"user": user, "group": user_group(user), "extra_groups": []} if user else {}
        with log.open("wb") as output:
            self.running = subprocess.Popen(
                self.command,
                cwd="/" if user else PROJECT,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent,
                start_new_session=True,
                **as_user,
            )

    @property
    def pid(self) -> int:
        return self.running.pid

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def wait_until(self, is_ready: Callable[[], bool], *, seconds: float = 60) -> None:
        """Wait for the sign that it serves, or raise with what it printed."""
        end = time.monotonic() + seconds
        while not is_ready():
            if self.running.poll() is not None:
                raise RuntimeError(
                    f"{self.command[0]} ended with {self.running.returncode}:\n{self.output}"
                )
            if time.monotonic() > end:
                self.stop()
                raise TimeoutError(
                    f"{' '.join(self.command)} is not ready after {seconds} s:\n{self.output}"
                )
            time.sleep(0.02)

    def stop(self, *, seconds: float = 10, how: signal.Signals = signal.SIGINT) -> None:
        """End it, and its children if it does not listen."""
        if self.running.poll() is None:
            self.running.send_signal(how)
            try:
                self.running.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.running.pid, signal.SIGKILL)
                self.running.wait()


def user_group(user: str) -> int:
    """Return the group that a user of this machine belongs to first."""
    import pwd

    return pwd.getpwnam(user).pw_gid
