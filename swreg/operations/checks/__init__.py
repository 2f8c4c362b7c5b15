"""The checks that `registry-check` runs: each commit, each merge, and the state they lead to."""
