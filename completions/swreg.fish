# fish completion of swreg

function __swreg_replies
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    set -l replies (env _SWREG_COMPLETE=complete_fish $words[1] $words[2..-1] "$current" 2>/dev/null)
    if set -q replies[1]
        printf '%s\n' $replies
    else
        __fish_complete_path "$current"
    end
end

complete --command swreg --no-files --arguments '(__swreg_replies)'
