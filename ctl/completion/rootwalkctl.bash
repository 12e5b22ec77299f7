# Completion of rootwalkctl for bash: which words may come next, rootwalkctl itself knows.
_rootwalkctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} i
    local words=()
    COMPREPLY=()
    case $previous in
    -s)
        compopt -o filenames 2> /dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --color)
        mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current")
        return
        ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do      # options before the command are not for it
        case ${COMP_WORDS[i]} in
        -s | --color) ((${#words[@]})) && words+=("${COMP_WORDS[i]}") || i=$((i + 1)) ;;
        --json | --color=*) ((${#words[@]})) && words+=("${COMP_WORDS[i]}") ;;
        *) words+=("${COMP_WORDS[i]}") ;;
        esac
    done
    mapfile -t COMPREPLY < <(rootwalkctl --complete "${words[@]}" "$current" 2> /dev/null | sort -u)
}
complete -F _rootwalkctl rootwalkctl
