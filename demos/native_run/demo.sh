#!/usr/bin/env bash
# Builds what is missing, starts the gateway with config.yaml and sends it one request.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$(cd "$here/../.." && pwd)"
planoai="$root/apps/plano/bin/planoai.cjs"

if [[ -z "${OPENAI_API_KEY:-}" && ! -f "$here/.env" ]]; then
  echo "Set OPENAI_API_KEY, or write OPENAI_API_KEY=... into $here/.env." >&2
  echo "Without a key, \`npm run demo\` in $root shows the same against a stand-in." >&2
  exit 1
fi

(cd "$root" && npm run --silent setup)
"$planoai" up "$here/config.yaml" --native
trap '"$planoai" down' EXIT

curl -sS http://localhost:12000/v1/chat/completions \
  -H "Content-Type: application/json" \
  -d '{"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]}'
echo
