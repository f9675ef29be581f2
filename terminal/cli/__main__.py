"""``python -m terminal.cli`` is the ``karvon`` command."""

import sys

from terminal.cli import main

sys.exit(main())
