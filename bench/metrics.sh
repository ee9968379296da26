#!/bin/sh
# Compares figures with those of other tools, as far as they are installed (bench/metrics/references.py).
# GSDB_ESLINT names a folder with eslint, eslint-plugin-sonarjs and @typescript-eslint/parser in its node_modules.
cd "$(dirname "$0")/.." || exit 1
exec /usr/bin/python3 bench/metrics/references.py ${GSDB_ESLINT:+--node "$GSDB_ESLINT"} "$@"
