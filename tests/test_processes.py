"""What a test starts ends with it."""

import signal
import sys
import time

from tests.processes import Process


def test_a_program_listens_though_the_run_ignores_interrupts(tmp_path):
    """As in the background of a shell: `make test &`."""
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]
        process = Process(*command, log=tmp_path / "log", env={})
        process.wait_until(lambda: "up" in process.output)
        begun = time.monotonic()
        process.stop(seconds=30)
    finally:
        signal.signal(signal.SIGINT, usual)
    assert time.monotonic() - begun < 25
    assert "KeyboardInterrupt" in process.output
