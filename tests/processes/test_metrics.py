"""What one process counts, another one shows: real processes, each entered as ``koza`` enters it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from config.engines.processes import in_group, stop_child, wait_until

#: One worker alone starts the house.
pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("counting")]
_SECONDS = 60.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class House:
    """A web process with its two workers, and others that come and go beside it."""

    port: int
    environment: dict[str, str]
    folder: Path

    def value(self, name: str, **labels: str) -> float:
        """A sample of the page that Prometheus fetches."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=_SECONDS) as answer:
            page = answer.read().decode()
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return sample.value
        return 0.0

    def disks(self) -> float:
        """The alarms that the processes beside it count."""
        return self.value("koza_alarms_total", kind="journal")

    def places(self) -> int:
        """How many places were ever held at once."""
        return len(list(self.folder.glob("*.lock")))

    def beside(self) -> subprocess.Popen[str]:
        """Another process, that has counted one alarm."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.counting_process", "tests.support.counting_process"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "counted\n"
        process.stdout.close()
        return process


@pytest.fixture(scope="module")
def house(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One for all tests, which compare what they count with what was counted before."""
    port, folder = _free_port(), tmp_path_factory.mktemp("counting")
    own = {**os.environ, **environment, "PORT": str(port), "KOZA_DATA_DIR": str(folder)}
    web = subprocess.Popen([sys.executable, "-m", "config.cli", "web"], env=own, start_new_session=True)

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                # Both workers have imported the house when the server, and each of them, is in the group.
                return bool(answer.status == 200) and len(in_group(web.pid)) >= 3
        except OSError:
            return False

    assert wait_until(answers, _SECONDS)
    yield House(port, own, folder / "metrics")
    stop_child(web, group=True)


def test_every_count_of_every_process_is_shown_and_none_is_forgotten_with_its_process(house: House) -> None:
    before = house.disks()
    first, second = house.beside(), house.beside()
    assert house.disks() == before + 2
    for process in (first, second):
        process.kill()
        process.wait()
    assert house.disks() == before + 2
    places = house.places()
    third = house.beside()
    assert house.disks() == before + 3
    assert house.places() == places  # it went on in the place of a dead one
    third.kill()
    third.wait()


def test_the_page_is_the_same_whichever_worker_draws_it(house: House) -> None:
    before = house.value("koza_signature_refusals_total", reason="missing")
    for _ in range(20):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{house.port}/twilio/voice", data=b"CallSid=CA1", timeout=_SECONDS)
        refused.value.close()
    seen = {house.value("koza_signature_refusals_total", reason="missing") for _ in range(10)}
    assert seen == {before + 20}


def test_a_file_that_a_dead_machine_left_broken_hides_no_other(house: House) -> None:
    before, process = house.disks(), house.beside()
    (house.folder / "counter_99.db").write_bytes(b"\xff" * 100)
    assert house.disks() == before + 1
    process.kill()
    process.wait()


@pytest.mark.parametrize("folder", ["/dev/null/metrics", "/dev/full"])
def test_without_room_for_the_files_a_process_counts_for_itself(folder: str) -> None:
    program = """
from core.metrics import REGISTRY, alarms, exposition
alarms.add(kind="journal")
assert REGISTRY.get_sample_value("koza_alarms_total", {"kind": "journal"}) == 1
assert b'koza_alarms_total{kind="journal"} 1.0' in exposition({})[0]
"""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": folder}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=_SECONDS)


def test_a_forked_child_counts_in_a_place_of_its_own(tmp_path: Path) -> None:
    program = """
import os
from core.metrics import alarms, exposition
alarms.add(kind="journal")
for _ in range(2):
    child = os.fork()
    if child == 0:
        alarms.add(kind="journal")
        os._exit(0)
    os.waitpid(child, 0)
alarms.add(kind="journal")
page = exposition({})[0].decode()
assert 'koza_alarms_total{kind="journal"} 4.0' in page, page
"""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, timeout=_SECONDS)
    assert len(list(tmp_path.glob("*.lock"))) == 2
