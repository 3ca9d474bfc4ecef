"""What is read of operations: plugins and faults, audit, files, requests, and the instance's working."""

from systems_changers.core.operations.queries.audit import (
    EVERYTHING,
    AuditLine,
    ChainHead,
    ChainLine,
    SealedLine,
    SealedUpTo,
    Wanted,
    audit_trail,
    chain_head,
    chain_lines,
    trail_after,
    unsealed,
)
from systems_changers.core.operations.queries.files import FILE_COLUMNS, FileFacts, FileRoom, file_room, latest_files
from systems_changers.core.operations.queries.plugins import (
    FaultLine,
    KeptSettings,
    PluginLine,
    faults_by_plugin,
    plugin_lines,
    plugin_settings,
)
from systems_changers.core.operations.queries.requests import RequestLine, requests_listed, requests_of
from systems_changers.core.operations.queries.working import (
    INVENTED,
    ParkedLine,
    instance_is_demo,
    offered_role,
    open_tokens,
    parked,
)

__all__ = [
    "EVERYTHING",
    "FILE_COLUMNS",
    "INVENTED",
    "AuditLine",
    "ChainHead",
    "ChainLine",
    "FaultLine",
    "FileFacts",
    "FileRoom",
    "KeptSettings",
    "ParkedLine",
    "PluginLine",
    "RequestLine",
    "SealedLine",
    "SealedUpTo",
    "Wanted",
    "audit_trail",
    "chain_head",
    "chain_lines",
    "faults_by_plugin",
    "file_room",
    "instance_is_demo",
    "latest_files",
    "offered_role",
    "open_tokens",
    "parked",
    "plugin_lines",
    "plugin_settings",
    "requests_listed",
    "requests_of",
    "trail_after",
    "unsealed",
]
