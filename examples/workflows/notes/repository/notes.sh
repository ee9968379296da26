# usage: notes.sh list
notes=notes.txt
case ${1:-list} in
list) cat "$notes" ;;
*) echo "notes.sh: commands are: list" >&2; exit 2 ;;
esac
