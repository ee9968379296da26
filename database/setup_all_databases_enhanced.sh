#!/usr/bin/env bash
# The name that the enhanced design gave to the same: all eight databases.
exec "$(dirname "${BASH_SOURCE[0]}")/setup_all_databases.sh" "$@"
