"""Let all checks share one environment, because tox would otherwise build it anew for each name.

It is built again when a pyproject file changes.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from tox.plugin import impl
from tox.tox_env.python.virtual_env.runner import VirtualEnvRunner
from tox.tox_env.register import ToxEnvRegister

HERE = Path(__file__).resolve().parent
SHIPPED = [HERE / "pyproject.toml", *sorted(HERE.glob("plugins/*/pyproject.toml"))]


class SharedRunner(VirtualEnvRunner):
    """Runs in an environment that others use too, whichever of them made it."""

    @staticmethod
    def id() -> str:
        return "shared"

    def python_cache(self) -> dict[str, Any]:
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in SHIPPED))
        return {**super().python_cache(), "pyproject": digest.hexdigest()}

    def _setup_env(self) -> None:
        # tox keeps the name of the environment that was here last, and starts over when it differs.
        record = self.env_dir / ".tox-info.json"
        if record.exists():
            known = json.loads(record.read_text(encoding="utf-8"))
            known["ToxEnv"] = {"name": self.conf.name, "type": type(self).__name__}
            record.write_text(json.dumps(known), encoding="utf-8")
        super()._setup_env()


@impl
def tox_register_tox_env(register: ToxEnvRegister) -> None:
    """Offer `runner = shared` to tox.ini."""
    register.add_run_env(SharedRunner)
