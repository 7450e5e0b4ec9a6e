# Completion for bash: commands and options are read from the help of the installed program, so
# that they are always those it has; names of teams from `hcsp info`.
_hcsp_words() { "$@" --help 2>/dev/null | sed -nE 's/^  ([a-z]+)( +.*)?$/\1/p'; }
_hcsp_options() { "$@" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*'; }

_hcsp() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local command=("${COMP_WORDS[0]}") i
  for ((i = 1; i < COMP_CWORD && i < 3; i++)); do
    [[ ${COMP_WORDS[i]} == [a-z]* ]] || break
    command+=("${COMP_WORDS[i]}")
  done
  case $before in
  --near | --far | -n | -f)
    mapfile -t COMPREPLY < <(compgen -W "$(hcsp info 2>/dev/null | sed -n 's|^teams  *||p')" -- "$word"; compgen -f -- "$word")
    return
    ;;
  --rules | -r)
    mapfile -t COMPREPLY < <(compgen -W 'court paper' -- "$word")
    return
    ;;
  esac
  if [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_hcsp_options "${command[@]}")" -- "$word")
  else
    mapfile -t COMPREPLY < <(compgen -W "$(_hcsp_words "${command[@]}")" -- "$word"; compgen -f -- "$word")
  fi
}
complete -o filenames -F _hcsp hcsp hcsp-view
