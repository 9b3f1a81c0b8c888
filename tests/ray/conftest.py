"""A cluster of two nodes on this machine, which calls nobody."""

import os
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.integration.distribution.services import free_port
from tests.materials.bundles import make_bundle
from tests.missing import missing
from tests.waiting import until

ROOT = Path(__file__).parents[2]
# Ray reads these when it is imported. A busy machine is slow to start its parts.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - Ray spells it so
os.environ["RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S"] = "120"
os.environ["RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S"] = "60"
os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])


def listens(port: int) -> bool:
    """Whether anybody listens on a port."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


class Nodes:
    """Two nodes, and Ray Serve on them. `url` is where clients ask."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(initialize_head=True, connect=False, head_node_args={"num_cpus": 4})
        self.second = self.add()
        self.url = f"http://127.0.0.1:{free_port()}"

    def add(self) -> Any:
        """One more node."""
        return self.cluster.add_node(num_cpus=2)

    def start(self) -> None:
        """Connect this process, and start what listens."""
        import ray
        from ray import serve

        ray.init(address=self.cluster.address, log_to_driver=False, namespace="serve")
        port = int(self.url.rpartition(":")[2])
        with suppress(TimeoutError):  # it goes on starting
            serve.start(
                http_options={"host": "127.0.0.1", "port": port},
                proxy_location="HeadOnly",
                logging_config={"enable_access_log": False},
            )
        until(lambda: listens(port))

    def stop(self) -> None:
        """End everything."""
        import ray
        from ray import serve

        serve.shutdown()
        ray.shutdown()
        self.cluster.shutdown()


@pytest.fixture(scope="session")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("bundles")
    return make_bundle(folder / "one"), make_bundle(folder / "other", seed=8)


@pytest.fixture(scope="session")
def nodes() -> Iterator[Nodes]:
    try:
        import ray  # noqa: F401
    except ImportError:
        missing("ray is not installed")
    running = Nodes()
    try:
        running.start()
        yield running
    finally:
        running.stop()
