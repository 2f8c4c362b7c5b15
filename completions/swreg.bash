# bash completion of swreg

_swreg_completion() {
    local IFS=$'\n'
    COMPREPLY=($(_SWREG_COMPLETE=complete_bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}

complete -o default -F _swreg_completion swreg
