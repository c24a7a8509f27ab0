#!/usr/bin/env bash
# Serves the demo studio; an empty store gets an owner first, so that there is someone to sign in as.
set -euo pipefail
cd "$(dirname "$0")/.."
latchkey=build/native/bin/latchkey
data=${DATA:-./data}
port=${PORT:-4111}

if [ -z "$("$latchkey" user list --data "$data" 2> /dev/null | grep '@' || true)" ]; then
  password=$(node -p 'require("node:crypto").randomBytes(15).toString("base64url")')
  printf '%s' "$password" |
    "$latchkey" user add owner@example.com --name Owner --role owner --password-stdin --data "$data" > /dev/null
  echo
  echo "  Sign in as the owner:  owner@example.com"
  echo "  with the password:     $password"
  echo
fi
exec "$latchkey" serve --dev --demo --port "$port" --data "$data"
