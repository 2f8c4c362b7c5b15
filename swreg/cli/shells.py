"""The completion scripts: each asks the command what could come next, and offers files if nothing.

`completions/generate.py` writes them to the folder that is installed; a person can also load one
by `eval "$(_SWREG_COMPLETE=source_bash swreg)"`.
"""

from __future__ import annotations

# Works in bash 3.2 too, which macOS has.
_BASH = """\
# bash completion of swreg

_swreg_completion() {
    local IFS=$'\\n'
    COMPREPLY=($(_SWREG_COMPLETE=complete_bash "$1" "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}

complete -o default -F _swreg_completion swreg
"""

# As a file on fpath the script is itself the completing function when it is first called.
_ZSH = """\
#compdef swreg

_swreg() {
    local -a replies
    replies=("${(@f)$(_SWREG_COMPLETE=complete_zsh "${(Q)words[1]}" "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    if [[ -n ${replies[1]} ]]; then
        _describe -V 'swreg' replies
    else
        _files
    fi
}

if [[ ${funcstack[1]} == _swreg ]]; then
    _swreg "$@"
else
    compdef _swreg swreg
fi
"""

_FISH = """\
# fish completion of swreg

function __swreg_replies
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l replies (env _SWREG_COMPLETE=complete_fish $words[1] $words[2..-1] "$current" 2>/dev/null)
    if set -q replies[1]
        printf '%s\\n' $replies
    else
        __fish_complete_path "$current"
    end
end

complete --command swreg --no-files --arguments '(__swreg_replies)'
"""

# Before 7.3 an empty word is not handed to a program, so what is being typed begins with a +.
# Where nothing is replied PowerShell offers files by itself.
_POWERSHELL = """\
# PowerShell completion of swreg

Register-ArgumentCompleter -Native -CommandName swreg -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $program = $commandAst.GetCommandName()
    $words = @()
    foreach ($element in $commandAst.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            $words += $element.Value
        } else {
            $words += $element.Extent.Text
        }
    }
    $words += "+$wordToComplete"
    $env:_SWREG_COMPLETE = 'complete_powershell'
    try {
        $lines = @(& $program $words 2>$null)
    } finally {
        Remove-Item Env:_SWREG_COMPLETE
    }
    foreach ($line in $lines) {
        $word, $help = $line.Split([char]9, 2)
        if (-not $help) { $help = $word }
        $text = $word
        if ($word -match '[^-\\w.@+=:/]' -or $word -match '^@') {
            $text = "'" + $word.Replace("'", "''") + "'"
        }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $help)
    }
}
"""

SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH, "powershell": _POWERSHELL}
FILES = {"bash": "swreg.bash", "zsh": "_swreg", "fish": "swreg.fish", "powershell": "swreg.ps1"}
