#!/bin/bash
# The seed guide's HMAC signature over the time.
set -euo pipefail

timestamp=$(date -Iseconds)
signature=$(echo -n "$timestamp" | openssl dgst -sha256 -hmac "$SECRET_KEY" | cut -d' ' -f2)

cat <<JSON
{
  "X-Timestamp": "$timestamp",
  "X-Signature": "$signature",
  "X-API-Key": "$API_KEY"
}
JSON
