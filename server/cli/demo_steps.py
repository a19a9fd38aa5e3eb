"""What the demo shows, step by step."""

from __future__ import annotations
