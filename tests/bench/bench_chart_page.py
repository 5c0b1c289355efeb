"""What one rerun of the chart page costs, beside the same page written naively, and 100 sessions at once.

Real servers, real websockets: sessions ask for reruns and read their messages up to the end of the script, as browsers
do, without keeping a message cache, so that every byte of a rerun is counted. Targets: 10 ms of CPU and
300 KB a rerun, a sixth of the naive page's CPU, and p95 under 250 ms for 100 sessions thinking 5 s.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import httpx
import numpy as np
import pandas as pd
import psutil
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import ROOT, free_port

QUERY = "symbol=RELIANCE.NS&from=2016-11-21&range=custom&interval=1d&table=1&ind=sma:10,sma:20,sma:50,sma:100,sma:200"
BARS = 2500
REFERENCE_RUNS = 60
SESSIONS, THINK, TURNS = 100, 5.0, 5
_LARGE = 65_536


@dataclass(frozen=True)
class Rerun:
    """One rerun as its client saw it."""

    seconds: float
    size: int
    exceptions: int


class Client:
    """One session over a websocket: the part of the browser that asks for reruns and reads what they send."""

    def __init__(self, url: str, page: str, query: str) -> None:
        self.url, self.page, self.query = url, page, query
        self.fragment = ""

    async def __aenter__(self) -> "Client":
        address = self.url.replace("http://", "ws://") + "/_stcore/stream"
        self.socket = await websockets.connect(
            address, subprotocols=["streamlit"], max_size=None, compression=None, ping_interval=None, open_timeout=60
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def rerun(self, *, fragment: str = "", read_all: bool = False) -> Rerun:
        """Ask for a run of the script (or of one fragment) and wait for its end.

        Large messages are counted unread unless ``read_all``: the client shares its cores with the server.
        """
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.page_name = self.page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.context_info.timezone = "UTC"
        message.rerun_script.context_info.url = f"{self.url}/{self.page}"
        started, size, exceptions = time.perf_counter(), 0, 0
        await self.socket.send(message.SerializeToString())
        while True:
            raw = await asyncio.wait_for(self.socket.recv(), 60)
            size += len(raw)
            if len(raw) > _LARGE and not read_all:
                continue
            answer = ForwardMsg.FromString(raw)
            if answer.WhichOneof("type") == "delta":
                self.fragment = answer.delta.fragment_id or self.fragment
                exceptions += answer.delta.new_element.HasField("exception")
            if answer.WhichOneof("type") == "script_finished":
                return Rerun(time.perf_counter() - started, size, exceptions)


@contextmanager
def served(command: list[str], environment: dict[str, str]) -> Iterator[tuple[str, psutil.Process]]:
    """A server on a free port, healthy; stopped at the end."""
    port = free_port()
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    split = command.index("--") if "--" in command else len(command)
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", *command[:split], *options, *command[split:]],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        url = f"http://127.0.0.1:{port}"
        try:
            deadline = time.monotonic() + 90
            while True:
                try:
                    if httpx.get(f"{url}/_stcore/health", timeout=2).status_code == 200:
                        break
                except httpx.HTTPError:
                    pass
                if server.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    raise RuntimeError(f"the server did not start:\n{log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.2)
            yield url, psutil.Process(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


async def steady(url: str, process: psutil.Process, page: str, query: str) -> tuple[float, float, float]:
    """(CPU ms a rerun, KB a rerun, ms until its end) of a warm session."""
    async with Client(url, page, query) as client:
        for _ in range(8):
            warm = await client.rerun(read_all=True)
        if warm.exceptions:
            raise RuntimeError(f"the page at {url}/{page} raised")
        await asyncio.sleep(1)
        before = _cpu(process)
        runs = [await client.rerun() for _ in range(REFERENCE_RUNS)]
        whole = 1000 * (_cpu(process) - before) / REFERENCE_RUNS
        return whole, float(np.mean([r.size for r in runs])) / 1024, float(np.median([r.seconds for r in runs])) * 1000


async def crowd(url: str, page: str, query: str) -> list[float]:
    """Seconds of every rerun of 100 sessions that each think about five seconds between two."""
    spread = random.Random(20261120)
    seconds: list[float] = []

    async def session(number: int) -> None:
        await asyncio.sleep(number * 0.12)
        async with Client(url, page, query) as client:
            await client.rerun()
            for _ in range(TURNS):
                await asyncio.sleep(THINK * spread.uniform(0.5, 1.5))
                seconds.append((await client.rerun()).seconds)

    await asyncio.gather(*(session(number) for number in range(SESSIONS)))
    return seconds


def verdict(*, met: bool) -> str:
    """The last word of a line."""
    return "ok" if met else "MISSED"


def naive_bars(path: Path) -> None:
    """Bars for the naive page: as many and as large as ours."""
    rng = np.random.default_rng(7)
    close = 2500 * np.exp(np.cumsum(rng.normal(0, 0.012, BARS)))
    opened = close * (1 + rng.normal(0, 0.004, BARS))
    table = pd.DataFrame(
        {
            "ts": pd.bdate_range(end="2026-11-20", periods=BARS),
            "open": opened,
            "high": np.maximum(opened, close) * 1.004,
            "low": np.minimum(opened, close) * 0.996,
            "close": close,
            "volume": rng.lognormal(14, 0.4, BARS).round(),
        }
    )
    table.to_csv(path, index=False)


def main() -> None:
    """Print the figures, each with its target."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        naive_file = Path(home) / "bars.csv"
        naive_bars(naive_file)
        naive_page = ["tests/bench/naive_chart_page.py", "--", str(naive_file)]
        with served(naive_page, os.environ | {"STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false"}) as (url, process):
            naive_cpu, naive_size, naive_wait = asyncio.run(steady(url, process, "", ""))
        environment = os.environ | {"KUBERA_DATA_DIR": f"{home}/data", "KUBERA_MARKET": "demo", "KUBERA_ENV_FILE": ""}
        with served(["server.py"], environment) as (url, process):
            cpu, size, wait = asyncio.run(steady(url, process, "charts", QUERY))
            waits = asyncio.run(crowd(url, "charts", QUERY))
    print(
        f"chart page, {BARS:,} candles, 5 overlays, 50 rows: {cpu:.1f} ms CPU a rerun, target <= 10 ms: "
        f"{verdict(met=cpu <= 10)}; {size:.0f} KB, target <= 300 KB: {verdict(met=size <= 300)}; {wait:.1f} ms in all"
    )
    ratio = naive_cpu / cpu
    print(
        f"the same page naively: {naive_cpu:.1f} ms CPU, {naive_size:.0f} KB, {naive_wait:.1f} ms; ratio {ratio:.1f}x, "
        f"target >= 6x: {verdict(met=ratio >= 6)}"
    )
    middle, late = (1000 * float(np.percentile(waits, q)) for q in (50, 95))
    print(
        f"{SESSIONS} sessions, {THINK:.0f} s think time, {len(waits)} reruns: p50 {middle:.0f} ms, p95 {late:.0f} ms, "
        f"target p95 < 250 ms: {verdict(met=late < 250)}"
    )


if __name__ == "__main__":
    main()
