"""The application for a WSGI server with several processes: `gunicorn systems_changers.cli.wsgi:app`.

The instance is the one in SYSTEMS_CHANGERS_DATA. The job thread is not here: one `systems-changers serve` runs it.
"""

from __future__ import annotations

import os
from pathlib import Path

from systems_changers.infra.starting import starting

with starting():
    from systems_changers.app import create_app
    from systems_changers.infra.log import set_up_served_log
    from systems_changers.infra.settings import load_settings
    from systems_changers.infra.terminal import DATA_VARIABLE, default_data

    settings = load_settings(Path(os.environ.get(DATA_VARIABLE) or default_data()))
    app = create_app(settings)
    set_up_served_log(settings)
