# Completion of pcachectl for bash. The build puts a table in front of this text, made from the declaration of the
# command line; both together are pcachectl.bash in the build's folder. Source that file, or install it as
# /usr/share/bash-completion/completions/pcachectl.
# Nothing here starts pcachectl, because a key must be answered at once.
# shellcheck shell=bash disable=SC2154  # The table is in front.

# Names of the devices: the links in the run directory.
_pcachectl_devices() {
  local directory link
  if [ -n "${PCACHE_RUN_DIR:-}" ]; then
    directory=$PCACHE_RUN_DIR
  elif [ "$EUID" = 0 ]; then
    directory=/run/pcache
  else
    directory=${XDG_RUNTIME_DIR:-/nonexistent}/pcache
  fi
  for link in "$directory"/*; do
    if [ -L "$link" ]; then printf '%s\n' "${link##*/}"; fi
  done
}

# Block devices, by path, a line each.
_pcachectl_disks() {
  local device
  for device in /sys/class/block/*; do
    device=/dev/${device##*/}
    if [ -b "$device" ]; then printf '%s\n' "$device"; fi
  done
}

_pcachectl_tab_names() {
  sed -n 's/^[[:blank:]]*\([^#[:blank:]]\{1,\}\).*/\1/p' /etc/pcache/tab 2>/dev/null
}

# Offers files, and the words of a list. The user can go on behind a folder; zsh sees to that by itself, bash has to be
# told.
_pcachectl_files() {
  compopt -o filenames 2>/dev/null || true
  _pcachectl_reply -f -W "$1" -- "$2"
}

_pcachectl_reply() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$@")
}

# Offers what can stand for an operand, or for a value, of a kind.
_pcachectl_offer() {
  case $1 in
    *device*\|*cache_dev*) _pcachectl_files "$(_pcachectl_devices)" "$2" ;;
    device) _pcachectl_reply -W "$(_pcachectl_devices)" -- "$2" ;;
    cache_dev | backing_dev) _pcachectl_files "$(_pcachectl_disks)" "$2" ;;
    *file) _pcachectl_files '' "$2" ;;
    tab_name) _pcachectl_reply -W "$(_pcachectl_tab_names)" -- "$2" ;;
    target_type) _pcachectl_reply -W 'pcache zero error' -- "$2" ;;
    verb) _pcachectl_reply -W "$_pcachectl_verbs" -- "$2" ;;
    sector) _pcachectl_reply -W 0 -- "$2" ;;
    message) _pcachectl_reply -W "$_pcachectl_messages" -- "$2" ;;
    *) COMPREPLY=() ;;
  esac
}

_pcachectl_complete() {
  local current=${COMP_WORDS[COMP_CWORD]} previous='' verb='' word kind='' number=0 last=''
  local _pcachectl_options _pcachectl_operands _pcachectl_words _pcachectl_kind
  # Finds the verb, and how many operands stand between the verb and the word that is completed.
  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD - 1))}"; do
    case $_pcachectl_with_value in
      *" $previous "*) previous=''; continue ;;
    esac
    previous=$word
    case $word in
      --batch) if [ -z "$verb" ]; then verb=$word; fi ;;
      -*) ;;
      *) if [ -z "$verb" ]; then verb=$word; else number=$((number + 1)); fi ;;
    esac
  done
  if [ -n "$previous" ]; then
    case $_pcachectl_with_value in
      *" $previous "*)
        _pcachectl_value "$previous"
        case $_pcachectl_kind in
          words) _pcachectl_reply -W "$_pcachectl_words" -- "$current" ;;
          *) _pcachectl_offer "$_pcachectl_kind" "$current" ;;
        esac
        return ;;
    esac
  fi
  _pcachectl_row "$verb"
  case $verb/$current in
    /-*) _pcachectl_reply -W "$_pcachectl_general --batch" -- "$current"; return ;;
    */-*) _pcachectl_reply -W "$_pcachectl_options" -- "$current"; return ;;
    /*) _pcachectl_reply -W "${_pcachectl_verbs/ --batch/}" -- "$current"; return ;;
  esac
  for word in $(printf '%s\n' "$_pcachectl_operands"); do
    if [ "$word" = ... ]; then kind=$last; break; fi
    last=$word
    if [ "$number" = 0 ]; then kind=$word; break; fi
    number=$((number - 1))
  done
  _pcachectl_offer "$kind" "$current"
}
complete -F _pcachectl_complete pcachectl
