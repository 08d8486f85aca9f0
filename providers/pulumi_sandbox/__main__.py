"""``python -m pulumi_sandbox``."""

import sys

from pulumi_sandbox.cli import main

sys.exit(main())
