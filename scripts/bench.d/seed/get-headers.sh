#!/bin/bash
# The seed guide's dynamic headers: a token from elsewhere (here a file) and the time.
set -euo pipefail

token=$(cat "$HOME/token")

cat <<JSON
{
  "Authorization": "Bearer $token",
  "X-Timestamp": "$(date -Iseconds)"
}
JSON
