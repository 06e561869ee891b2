#!/bin/bash
# The seed guide's JWT, which it leaves to "a library": here RS256 by openssl, with the claims that hdr-jwt sets.
set -euo pipefail

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

now=$(date +%s)
header=$(echo -n '{"alg":"RS256","typ":"JWT"}' | base64url)
claims=$(echo -n "{\"iss\":\"bench\",\"sub\":\"bench\",\"iat\":$now,\"exp\":$((now + 3600))}" | base64url)
signature=$(echo -n "$header.$claims" | openssl dgst -sha256 -sign "$HOME/rs256.pem" | base64url)

echo "{\"Authorization\": \"Bearer $header.$claims.$signature\"}"
