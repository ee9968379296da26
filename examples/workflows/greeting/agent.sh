#!/bin/sh
# An agent that knows its lines: what a coding agent would find out, it has been told. It forgets the full stop at first, so that
# the run shows how a change that fails a test comes back.
set -eu
case $GSDB_STEP in
1)
    mark=.
    [ "$GSDB_ATTEMPT" -gt 1 ] || mark=
    cat > greeting.py <<PYTHON
def greeting(name):
    return f"Hello, {name}!"


def farewell(name):
    return f"Goodbye, {name}$mark"
PYTHON
    cat > test_farewell.py <<PYTHON
import unittest

from greeting import farewell


class FarewellTest(unittest.TestCase):
    def test_takes_leave_by_name(self):
        self.assertEqual(farewell("Ann"), "Goodbye, Ann.")
PYTHON
    echo "wrote farewell() and its test"
    ;;
2)
    cat > __main__.py <<PYTHON
import sys

from greeting import farewell, greeting

say = farewell if "--bye" in sys.argv else greeting
print(say(sys.argv[-1]))
PYTHON
    echo "taught the command --bye"
    ;;
3)
    printf '# Greeting\n\nPrints a greeting: `python3 . NAME`. With `--bye` it takes leave.\n' > README.md
    echo "wrote the README"
    ;;
esac
cat > "$GSDB_REPORT_FILE" <<JSON
{"summary": "Step $GSDB_STEP by script.", "model": "a script", "cost_usd": 0,
 "criteria": [{"criterion": "A test covers it", "met": true, "evidence": "test_farewell.py"}]}
JSON
