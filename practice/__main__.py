"""`python -m practice` starts the server."""

import sys

from practice.server import main

sys.exit(main())
