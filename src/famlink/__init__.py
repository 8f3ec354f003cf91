"""famlink: link person records across agencies, build the family, merge events, share by policy."""

from __future__ import annotations

__version__ = "0.1.0"
