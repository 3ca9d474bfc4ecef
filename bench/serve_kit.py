"""The kit for a server: the instance in SYSTEMS_CHANGERS_DATA, as `serve` opens it but without its job thread."""

import os
from pathlib import Path

from systems_changers.app import create_app
from systems_changers.infra.log import set_up_log
from systems_changers.infra.settings import load_settings

set_up_log()
app = create_app(load_settings(Path(os.environ["SYSTEMS_CHANGERS_DATA"])))
