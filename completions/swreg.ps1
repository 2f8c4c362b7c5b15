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
        if ($word -match '[^-\w.@+=:/]' -or $word -match '^@') {
            $text = "'" + $word.Replace("'", "''") + "'"
        }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $help)
    }
}
