# Completion of pcachectl for bash. Source it, or install it as /usr/share/bash-completion/completions/pcachectl.
# The verbs and options are held against the program by a test.
# shellcheck shell=bash
_pcachectl_verbs="help create remove remove_all suspend resume load clear reload wipe_table rename measure message ls info
  deps status table wait mknodes mangle udevcreatecookie udevreleasecookie udevflags udevcomplete udevcomplete_all
  udevcookies target-version targets version setgeometry splitname restart stats metrics map
  attach detach check dump restore writeback repair"
_pcachectl_options="--readonly --checks --columns --concise --count --deferred --select --exec --force --gid --help
  --inactive --interval --manglename --major --minor --mode --nameprefixes --noflush --noheadings --nolockfs
  --noopencount --notable --udevcookie --noudevrules --noudevsync --options --readahead --retry --rows --separator
  --setuuid --showkeys --sort --table --target --tree --uid --uuid --unbuffered --unquoted --verbose --verifyudev
  --version --yes --addnodeonresume --addnodeoncreate --json --frontend --salvage --wait --metrics --queues
  --queue-depth"

# Names of the devices, a line each; nothing where there are none.
_pcachectl_devices() {
  pcachectl info -c --noheadings -o mangled_name 2>/dev/null | grep -v '^No devices found$'
}

# Block devices, by path, a line each.
_pcachectl_disks() {
  lsblk -pnro NAME 2>/dev/null
}

# Files, and what else is in the list given; a folder can be gone on from. Bash only: zsh does so by itself.
_pcachectl_files() {
  compopt -o filenames 2>/dev/null || true
  _pcachectl_reply -f -W "$1" -- "$2"
}

_pcachectl_reply() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$@")
}

_pcachectl_complete() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb='' word
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case $word in
      -*) ;;
      *) verb=$word; break ;;
    esac
  done
  case $previous in
    --frontend) _pcachectl_reply -W 'auto ublk nbd' -- "$current"; return ;;
    --manglename) _pcachectl_reply -W 'none auto hex' -- "$current"; return ;;
    --readahead) _pcachectl_reply -W 'auto none' -- "$current"; return ;;
    --target) _pcachectl_reply -W 'pcache zero error' -- "$current"; return ;;
  esac
  case $verb/$current in
    attach/-*) _pcachectl_reply -W '--all --check --wait-for-devices --tab --help' -- "$current"; return ;;
    detach/-*) _pcachectl_reply -W '--all --tab --help' -- "$current"; return ;;
    map/-*) _pcachectl_reply -W '--json --ascii --svg --help' -- "$current"; return ;;
    stats/-*) _pcachectl_reply -W '--json --help' -- "$current"; return ;;
    metrics/-*) _pcachectl_reply -W '--classic --json --help' -- "$current"; return ;;
    check/-*) _pcachectl_reply -W '--no-data --json --help' -- "$current"; return ;;
    dump/-*) _pcachectl_reply -W '--data --json --help' -- "$current"; return ;;
    restore/-*) _pcachectl_reply -W '--json --help' -- "$current"; return ;;
    writeback/-*) _pcachectl_reply -W '--dry-run --discard-damaged --skip-beyond-end --ignore-carry-over --json --help' -- "$current"; return ;;
    repair/-*) _pcachectl_reply -W '--yes --backup --undo --json --help' -- "$current"; return ;;
  esac
  case $current in
    -*) _pcachectl_reply -W "$_pcachectl_options" -- "$current"; return ;;
  esac
  case $verb in
    '') _pcachectl_reply -W "$_pcachectl_verbs" -- "$current" ;;
    create | restore) _pcachectl_files '' "$current" ;;
    check | dump | writeback | repair) _pcachectl_files "$(_pcachectl_disks)" "$current" ;;
    map)
      case $previous in
        --svg) _pcachectl_files '' "$current" ;;
        *) _pcachectl_files "$(_pcachectl_devices)" "$current" ;;
      esac ;;
    attach | detach)
      case $previous in
        --tab) _pcachectl_files '' "$current" ;;
        *) _pcachectl_reply -W "$(sed -n 's/^[[:blank:]]*\([^#[:blank:]]\{1,\}\).*/\1/p' /etc/pcache/tab 2>/dev/null)" -- "$current" ;;
      esac ;;
    target-version) _pcachectl_reply -W 'pcache zero error' -- "$current" ;;
    help | remove_all | ls | targets | version | udev* | splitname) COMPREPLY=() ;;
    *) _pcachectl_reply -W "$(_pcachectl_devices)" -- "$current" ;;
  esac
}
complete -F _pcachectl_complete pcachectl
