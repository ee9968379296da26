#!/bin/sh
# usage: try.sh greeting|notes [OPTIONS of gsdb workflow start]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
example=${1:-}
if [ ! -d "$here/$example/repository" ]; then
    echo "usage: $0 greeting|notes [OPTIONS of gsdb workflow start]" >&2
    exit 2
fi
shift
gsdb=${GSDB:-$here/../../build/gsdb}
[ -x "$gsdb" ] || gsdb=$(command -v gsdb) || { echo "$0: no gsdb; ./dev build makes it, or name it with GSDB" >&2; exit 1; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/gsdb-$example.XXXXXX")
cp -R "$here/$example/repository/." "$folder"
git -C "$folder" init --quiet --initial-branch=main
git -C "$folder" add --all
git -C "$folder" -c user.name=Example -c user.email=example@localhost commit --quiet --message "The example"
"$gsdb" workflow start --repo "$folder" --requirements "$here/$example/requirement.md" \
    --agent "command:$here/$example/agent.sh" "$@"
echo
git -C "$folder" log --oneline --graph main dev
echo "the repository is $folder; its changes are on branch dev"
