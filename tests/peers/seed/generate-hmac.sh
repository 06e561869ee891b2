#!/bin/bash
# The script that hdr-hmac replaces: three headers, the middle one an HMAC of the first.
now=$(date -Iseconds)
mac=$(printf '%s' "$now" | openssl dgst -sha256 -hmac "$SECRET_KEY" | awk '{ print $NF }')
printf '{"X-Timestamp": "%s", "X-Signature": "%s", "X-API-Key": "%s"}\n' "$now" "$mac" "$API_KEY"
