"""The embedded server against what happens to it: kills, races, odd paths, other users, bad files."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from db.embedded import EmbeddedServerError, ensure, release
from db.embedded.account import Account
from db.embedded.binaries import find_binaries
from db.embedded.cluster import explain, is_postmaster, prepare_cluster, stop_stray
from db.embedded.layout import Layout, State
from db.embedded.locks import try_lock

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import sys, time
from pathlib import Path
from db.embedded import EmbeddedServerError, ensure
try:
    print(ensure(Path(sys.argv[1]), durable=False), flush=True)
except EmbeddedServerError as error:
    print(f"error: {error}", flush=True)
    sys.exit(1)
sys.stdin.read()
"""


class Holder:
    """Another process that holds a lease until it is told to go, or killed."""

    def __init__(self, data_dir: Path, before: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", HOLDER, str(data_dir)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said: str | None = None

    @property
    def said(self) -> str:
        if self._said is None:
            assert self.process.stdout is not None
            self._said = self.process.stdout.readline().strip()
        return self._said

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(10) == 0


@pytest.fixture
def hold() -> Iterator[Callable[..., Holder]]:
    made: list[Holder] = []

    def start(data_dir: Path, before: tuple[str, ...] = ()) -> Holder:
        made.append(Holder(data_dir, before))
        return made[-1]

    yield start
    for holder in made:
        with holder.process:
            holder.process.kill()
            if holder.process.stdin is not None and not holder.process.stdin.closed:
                holder.process.stdin.close()


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a database in it, to be copied: making one costs half a second."""
    folder = tmp_path_factory.mktemp("made") / "data"
    ensure(folder, durable=False)
    release(folder)
    wait_stopped(folder)
    return folder


@pytest.fixture
def data_dir(made_once: Path, tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    subprocess.run(["cp", "-a", str(made_once), str(folder)], check=True)
    yield folder
    release(folder)


def state(folder: Path) -> State:
    found = Layout.under(folder).read_state()
    assert found is not None
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def wait_stopped(folder: Path) -> None:
    """Until no server and no watcher is left on the folder."""
    layout = Layout.under(folder)

    def stopped() -> bool:
        lock = try_lock(layout.watch, exclusive=True)
        if lock is None:
            return False
        os.close(lock)
        return not (layout.cluster / "postmaster.pid").exists()

    wait_until(stopped)


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def remember(url: str, word: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS memory (word text)")
        connection.execute("INSERT INTO memory VALUES (%s)", [word])


def remembered(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM memory")]


def test_a_second_call_is_the_same_server(data_dir: Path) -> None:
    url = ensure(data_dir)
    assert ensure(data_dir) == url
    assert answers(url)


def test_it_listens_on_no_network_and_its_socket_is_private(data_dir: Path) -> None:
    url = ensure(data_dir)
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    socket_dir = Path(state(data_dir).socket_dir)
    assert socket_dir.stat().st_mode & 0o777 == 0o700
    assert Layout.under(data_dir).cluster.stat().st_mode & 0o077 == 0


def test_it_never_runs_as_root(data_dir: Path) -> None:
    ensure(data_dir)
    assert Path(f"/proc/{state(data_dir).postmaster}").stat().st_uid != 0


@pytest.mark.parametrize("name", ["with some spaces", 'quote\' and "double"', "न्यास", "a,b;c%d", "x" * 200])
def test_odd_folder_names_work(tmp_path: Path, made_once: Path, name: str) -> None:
    folder = tmp_path / name / "below"
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", str(made_once), str(folder)], check=True)
    try:
        assert answers(ensure(folder))
    finally:
        release(folder)


def test_a_folder_is_made_where_there_is_none_and_it_may_have_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "not there yet" / "my data"
    try:
        assert answers(ensure(folder, durable=False))
    finally:
        release(folder)
    wait_stopped(folder)


def test_a_symbolic_link_leads_to_the_same_server(data_dir: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(data_dir)
    assert ensure(link) == ensure(data_dir)


def test_it_stops_when_the_last_of_two_leaves(data_dir: Path, hold: Callable[..., Holder]) -> None:
    first, second = hold(data_dir), hold(data_dir)
    assert first.said == second.said
    pid = state(data_dir).postmaster
    first.leave()
    time.sleep(2.0)
    assert is_postmaster(pid, Layout.under(data_dir)), "one process still holds a lease"
    assert answers(second.said)
    second.leave()
    wait_stopped(data_dir)
    assert not is_postmaster(pid, Layout.under(data_dir))


def test_it_stops_when_the_last_one_is_killed(data_dir: Path, hold: Callable[..., Holder]) -> None:
    holder = hold(data_dir)
    assert answers(holder.said)
    remember(holder.said, "kept")
    holder.kill()
    wait_stopped(data_dir)
    assert remembered(ensure(data_dir)) == ["kept"]


def test_a_clean_stop_takes_the_socket_folder_away(data_dir: Path, hold: Callable[..., Holder]) -> None:
    holder = hold(data_dir)
    assert answers(holder.said)
    folder = Path(state(data_dir).socket_dir)
    holder.leave()
    wait_stopped(data_dir)
    wait_until(lambda: not folder.exists())


def test_a_killed_postmaster_comes_back_with_all_rows_at_the_same_address(data_dir: Path) -> None:
    url = ensure(data_dir)
    remember(url, "kept")
    before = state(data_dir).postmaster
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: state(data_dir).status == "ready" and state(data_dir).postmaster != before and answers(url))
    assert remembered(url) == ["kept"]


def test_a_killed_watcher_is_replaced_while_a_lease_is_held(data_dir: Path) -> None:
    url = ensure(data_dir)
    remember(url, "kept")
    before = state(data_dir)
    os.kill(before.watcher, signal.SIGKILL)
    wait_until(lambda: state(data_dir).watcher != before.watcher and state(data_dir).status == "ready" and answers(url))
    assert ensure(data_dir) == url
    assert remembered(url) == ["kept"]


def test_nothing_is_left_when_everything_is_killed_at_once(data_dir: Path, hold: Callable[..., Holder]) -> None:
    holder = hold(data_dir)
    assert answers(holder.said)
    before = state(data_dir)
    holder.process.kill()
    os.kill(before.watcher, signal.SIGKILL)
    holder.process.wait(10)
    wait_until(lambda: not is_postmaster(before.postmaster, Layout.under(data_dir)))
    assert answers(ensure(data_dir))


def test_the_note_of_a_postmaster_that_is_gone_does_not_hinder(data_dir: Path) -> None:
    cluster = Layout.under(data_dir).cluster
    gone = subprocess.Popen(["true"])
    gone.wait()
    note = cluster / "postmaster.pid"
    note.write_text(f"{gone.pid}\n{cluster}\n1\n5432\n/tmp\n\n  1 1\nready   \n")
    shutil.chown(note, cluster.stat().st_uid, cluster.stat().st_gid)
    assert answers(ensure(data_dir))


def test_a_zombie_is_not_taken_for_the_server(data_dir: Path) -> None:
    layout = Layout.under(data_dir)
    zombie = subprocess.Popen(["true"])
    wait_until(lambda: b") Z" in Path(f"/proc/{zombie.pid}/stat").read_bytes())
    (layout.cluster / "postmaster.pid").write_text(f"{zombie.pid}\n{layout.cluster}\n1\n5432\n/tmp\n\n 1 1\nready\n")
    stop_stray(layout)
    assert not (layout.cluster / "postmaster.pid").exists()
    zombie.wait()


def test_another_program_of_that_number_is_left_alone(data_dir: Path) -> None:
    layout = Layout.under(data_dir)
    other = subprocess.Popen(["sleep", "30"])
    try:
        (layout.cluster / "postmaster.pid").write_text(f"{other.pid}\n{layout.cluster}\n1\n5432\n/tmp\n\n 1 1\nready\n")
        stop_stray(layout)
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_four_first_starts_at_once_make_one_database(tmp_path: Path, hold: Callable[..., Holder]) -> None:
    folder = tmp_path / "fresh"
    holders = [hold(folder) for _ in range(4)]
    said = {holder.said for holder in holders}
    assert len(said) == 1
    assert answers(said.pop())
    assert [entry.name for entry in Layout.under(folder).root.glob("data*")] == ["data"]
    for holder in holders:
        holder.leave()
    wait_stopped(folder)


def test_a_half_made_database_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    half = Layout.under(folder).root / "data.new-crashed"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    try:
        assert answers(ensure(folder, durable=False))
        assert not half.exists()
    finally:
        release(folder)


def test_files_of_another_version_are_named_and_left_alone(data_dir: Path) -> None:
    version = Layout.under(data_dir).cluster / "PG_VERSION"
    version.write_text("15\n")
    with pytest.raises(
        EmbeddedServerError, match=r"made by Postgres 15, and this program carries Postgres \d+"
    ) as caught:
        ensure(data_dir)
    assert str(Layout.under(data_dir).cluster) in str(caught.value)
    version.write_text("18\n")
    assert answers(ensure(data_dir)), "after the remedy the same process can start it"


def test_incomplete_files_are_not_overwritten(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    cluster = Layout.under(folder).cluster
    cluster.mkdir(parents=True)
    (cluster / "something").write_text("precious")
    with pytest.raises(EmbeddedServerError, match="not a whole Postgres database"):
        ensure(folder)
    assert (cluster / "something").read_text() == "precious"


def test_a_damaged_database_says_where_its_log_is(data_dir: Path) -> None:
    (Layout.under(data_dir).cluster / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(EmbeddedServerError, match=r"did not start.*server\.log"):
        ensure(data_dir)


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(EmbeddedServerError, match="KUBERA_DATA_DIR"):
        ensure(tmp_path / "data")


def test_a_full_disk_is_called_that(tmp_path: Path) -> None:
    said = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'
    assert "is full. Make room" in str(explain(said, Layout.under(tmp_path), "it ended with 1"))


def test_too_little_room_is_said_before_anything_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout.under(tmp_path)
    layout.root.mkdir()
    monkeypatch.setattr("db.embedded.cluster.shutil.disk_usage", lambda _path: shutil._ntuple_diskusage(1, 1, 2**20))
    with pytest.raises(EmbeddedServerError, match="has 1 MB left"):
        prepare_cluster(layout, find_binaries(), Account(os.geteuid(), os.getegid(), switch=False))
    assert list(layout.root.iterdir()) == []


def test_a_missing_wheel_names_both_remedies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("db.embedded.binaries.find_spec", lambda _name: None)
    with pytest.raises(EmbeddedServerError, match=r"make setup.*DATABASE_URL"):
        find_binaries()


def ordinary_user() -> tuple[int, tuple[str, ...]]:
    """Somebody without rights, and how a command is started as them: ourselves, or when we are root `nobody`.

    One capability lets `nobody` read the interpreter and the project wherever they lie; it grants no writing.
    """
    if os.geteuid() != 0:
        return os.geteuid(), ()
    status = Path("/proc/self/status").read_text()
    owned = int(re.search(r"^CapBnd:\s*([0-9a-f]+)", status, re.MULTILINE)[1], 16)
    capability = "dac_read_search" if owned & 4 else "dac_override"
    lift = (f"--inh-caps=-all,+{capability}", f"--ambient-caps=-all,+{capability}")
    return 65534, ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *lift, "--")


def test_an_ordinary_user_starts_it_as_themselves(tmp_path: Path, hold: Callable[..., Holder]) -> None:
    uid, become_them = ordinary_user()
    folder = tmp_path / "their data"
    folder.mkdir()
    os.chown(folder, uid, -1)
    holder = hold(folder, become_them)
    assert answers(holder.said), holder.said
    assert Path(f"/proc/{state(folder).postmaster}").stat().st_uid == uid
    holder.leave()
    wait_stopped(folder)


def test_root_in_somebodys_folder_leaves_it_usable_for_them(tmp_path: Path, hold: Callable[..., Holder]) -> None:
    uid, become_them = ordinary_user()
    folder = tmp_path / "data"
    folder.mkdir()
    os.chown(folder, uid, -1)
    ours = hold(folder)
    assert answers(ours.said), ours.said
    assert Path(f"/proc/{state(folder).postmaster}").stat().st_uid == uid
    ours.leave()
    wait_stopped(folder)
    theirs = hold(folder, become_them)
    assert answers(theirs.said), theirs.said
    theirs.leave()
    wait_stopped(folder)


def test_a_folder_one_may_not_write_to_is_named_with_the_remedy(tmp_path: Path, hold: Callable[..., Holder]) -> None:
    uid, become_them = ordinary_user()
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    os.chown(folder, 0 if os.geteuid() == 0 else uid, -1)
    if "+dac_override" in " ".join(become_them):
        become_them = tuple(part.replace("+dac_override", "-dac_override") for part in become_them)
    holder = hold(folder, become_them)
    assert holder.said.startswith("error: The embedded database cannot use")
    assert "KUBERA_DATA_DIR" in holder.said
    assert holder.process.wait(10) == 1


def test_a_deleted_folder_is_noticed_and_made_anew(data_dir: Path) -> None:
    ensure(data_dir)
    before = state(data_dir).postmaster
    layout = Layout.under(data_dir)
    shutil.rmtree(data_dir)
    wait_until(lambda: not is_postmaster(before, layout))
    assert answers(ensure(data_dir, durable=False))


def test_the_servers_programs_do_not_see_the_owners_pg_variables(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGDATA", "/nonexistent")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    assert answers(ensure(data_dir))
