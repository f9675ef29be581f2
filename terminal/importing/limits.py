"""Limits of what is read from outside, so that one file can neither fill the memory nor block the desk."""

from __future__ import annotations

MAX_BYTES = 64 * 1024 * 1024  # of one file as sent
MAX_UNPACKED = 400 * 1024 * 1024  # of a workbook after unpacking
MAX_RATIO = 200  # unpacked to packed, of one member over a megabyte
MAX_MEMBERS = 5_000  # files inside a workbook
MAX_ROWS = 300_000  # of one sheet
MAX_COLUMNS = 200
MAX_SHEETS = 60
MAX_CELL = 4_000  # characters kept of one cell
MAX_MERGES = 20_000
MAX_JSON_DEPTH = 40
HEADER_ROWS = 60  # rows searched for the head of the first table; papers have long title blocks
MAX_FINDINGS_PER_CHECK = 500  # beyond that the report says how many more
