"""How long a warm start takes until the first page is drawn in a browser, and how long the doctor takes.

Baseline in the same run: Streamlit serving a script of one line to the same browser. Targets: 6 s and 2 s.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import QUIET_CHROMIUM, ROOT, chromium_path, free_port


def seconds_to_first_page(
    browser: Browser, command: list[str], port: int, drawn: str, environment: dict[str, str]
) -> float:
    """Seconds from starting `command` until `drawn` is visible in the browser, the server's start included."""
    started = time.perf_counter()
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    page = browser.new_page(reduced_motion="reduce")  # no graphics card draws here: see DESK in the browser tests
    try:
        while True:
            try:
                page.goto(f"http://127.0.0.1:{port}/", wait_until="commit", timeout=2_000)
                break
            except Exception as error:
                if time.perf_counter() - started > 60:
                    raise RuntimeError("the server did not answer within a minute") from error
                time.sleep(0.05)
        page.wait_for_selector(drawn, timeout=60_000)
        return time.perf_counter() - started
    finally:
        page.close()
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def main() -> None:
    """Print the figures beside their baseline and target."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium_path(), args=QUIET_CHROMIUM)
        environment = os.environ | {"KUBERA_DATA_DIR": f"{home}/data", "KUBERA_MARKET": "demo", "KUBERA_ENV_FILE": ""}
        port = free_port()
        plain = Path(home) / "plain.py"
        plain.write_text("import streamlit as st\nst.title('Plain')\n")
        bare = [sys.executable, "-m", "streamlit", "run", str(plain), "--server.headless", "true"]
        bare += ["--server.port", str(port), "--server.address", "127.0.0.1"]
        baseline = min(seconds_to_first_page(browser, bare, port, "text=Plain", dict(os.environ)) for _ in range(2))

        # The first start makes the virtual environment's stamps and the database; it is not measured.
        run = ["make", "-s", "run"]
        environment["PORT"] = str(port)
        market_drawn = '[data-testid="stMetric"]'
        cold = seconds_to_first_page(browser, run, port, market_drawn, environment)
        warm = [seconds_to_first_page(browser, run, port, market_drawn, environment) for _ in range(3)]
        browser.close()
        middle = sorted(warm)[1]
        print(
            f"warm `make run` to the first drawn page: {middle:.1f} s (first start {cold:.1f} s); baseline, one-line "
            f"Streamlit script: {baseline:.1f} s, ratio {middle / baseline:.1f}x; target <= 6 s: "
            f"{'ok' if middle <= 6 else 'MISSED'}"
        )

        doctor = []
        for _ in range(3):
            started = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "core", "doctor", "--json"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
                check=False,
            )
            doctor.append(time.perf_counter() - started)
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import pandas, plotly, sqlalchemy"], check=True)
        imports = time.perf_counter() - started
        slowest = sorted(doctor)[1]
        print(
            f"python -m core doctor: {slowest:.2f} s; baseline, importing pandas, plotly and sqlalchemy: "
            f"{imports:.2f} s, ratio {slowest / imports:.1f}x; target <= 2 s: {'ok' if slowest <= 2 else 'MISSED'}"
        )


if __name__ == "__main__":
    main()
