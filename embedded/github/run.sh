#!/bin/sh
# The played runner's command. On a machine that plays, it stands in for the run.sh of GitHub's runner.
exec python3 -I -S "$(dirname "$(readlink -f "$0")")/runner_client.py"
