#!/usr/bin/env bash
# A whole cluster on loopback to play with: redis-server, two coordinators, three workers, two judges and
# a simulator in place of models. Everything is thrown away at the end (Ctrl-C), but for exported runs.
#   cluster.sh ASSAY [--for SECONDS]
set -euo pipefail

assay=$1
shift
seconds=
[ "${1:-}" = --for ] && seconds=$2

folder=$(mktemp -d "${TMPDIR:-/tmp}/assay-cluster-XXXXXX")
started=()

# Ends what this script started, in the order in which a drain is cheapest: agents, coordinators, servers.
stop_all() {
  trap - EXIT INT TERM
  local i
  for ((i = ${#started[@]} - 1; i >= 0; i--)); do
    kill -TERM "${started[$i]}" 2>/dev/null || true
    if ((i >= ${#started[@]} - 7)); then wait "${started[$i]}" 2>/dev/null || true; fi
  done
  wait 2>/dev/null || true
  rm -rf "$folder"
  echo "stopped; $folder is removed" >&2
}
trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start NAME COMMAND...: in the background, output to files in the folder. Out of reach of the terminal's
# Ctrl-C, so that this script decides on the order.
start() {
  local name=$1
  shift
  setsid "$@" >"$folder/$name.out" 2>"$folder/$name.log" &
  started+=($!)
}

# The first line that NAME prints.
first_line() {
  local i
  for ((i = 0; i < 100; i++)); do
    if [ -s "$folder/$1.out" ]; then
      head -n 1 "$folder/$1.out"
      return 0
    fi
    sleep 0.1
  done
  echo "$1 did not start:" >&2
  cat "$folder/$1.log" >&2
  return 1
}

# The first of 9460, 9560, ... above which nobody listens: metrics of role R, process N at base + R + N.
metrics_base() {
  local base port free
  for ((base = 9460; base < 9960; base += 100)); do
    free=1
    for port in $((base + 1)) $((base + 2)) $((base + 11)) $((base + 12)) $((base + 13)) $((base + 21)) $((base + 22)); do
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then free=; fi
    done
    if [ -n "$free" ]; then
      echo "$base"
      return 0
    fi
  done
  echo "no free ports for metrics" >&2
  return 1
}

command -v redis-server >/dev/null || { echo "redis-server is not installed" >&2; exit 2; }
start redis redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" \
  --appendonly yes --appendfsync always --save '' --maxmemory-policy noeviction
start simulator "$assay" simulate --port 0 --latency-ms 300 --tokens-per-s 400
url=$(first_line simulator)
for ((i = 0; i < 100; i++)); do [ -S "$folder/redis.sock" ] && break; sleep 0.1; done

metrics=$(metrics_base)
rules=$(cd "$(dirname "${BASH_SOURCE[0]}")/../prometheus" && pwd)
sed -e "s|127\.0\.0\.1:94|127.0.0.1:${metrics:0:2}|g" -e "s|- rules.yaml|- $rules/rules.yaml|" \
  "$rules/prometheus.yaml" >"$folder/prometheus.yaml"

addresses=()
for n in 1 2; do
  start "coordinator$n" "$assay" coordinator --listen 127.0.0.1:0 --redis "unix:$folder/redis.sock" \
    --blob-dir "$folder/blobs" --writer "coordinator$n" --election-ttl-s 3 --lease-s 10 --sync-hold-s 5 \
    --metrics-port $((metrics + n))
  addresses+=("$(first_line "coordinator$n")")
done
ASSAY_COORDINATOR=$(IFS=,; echo "${addresses[*]}")
export ASSAY_COORDINATOR
for n in 1 2 3; do
  start "worker$n" "$assay" worker --id "worker$n" --slots 4 --wait-for "$url" --sync-deadline-s 11 \
    --metrics-port $((metrics + 10 + n))
done
for n in 1 2; do
  start "judge$n" "$assay" judge --id "judge$n" --slots 4 --wait-for "$url" --sync-deadline-s 11 \
    --metrics-port $((metrics + 20 + n))
done

cat <<TEXT
A cluster runs on this machine: redis-server, 2 coordinators, 3 workers, 2 judges, and a simulator at
$url in place of models. Logs and segments: $folder

In another terminal:
  export ASSAY_COORDINATOR=$ASSAY_COORDINATOR
  $assay submit starter --model openai/sim/strong --judge openai/sim/judge --base-url $url --watch
  $assay status
  $assay status RUN --scores
  $assay export RUN --to runs        # then: $assay report RUN, $assay fsck RUN

Metrics (docs/metrics.md) of coordinators, workers and judges, at /metrics of
  127.0.0.1:{$((metrics + 1)),$((metrics + 2))}  127.0.0.1:{$((metrics + 11)),$((metrics + 12)),$((metrics + 13))}  127.0.0.1:{$((metrics + 21)),$((metrics + 22))}
and all of them, with rules and alerts, in a Prometheus at http://127.0.0.1:$((metrics + 30)):
  prometheus --config.file=$folder/prometheus.yaml --storage.tsdb.path=$folder/prometheus \\
    --web.listen-address=127.0.0.1:$((metrics + 30))

Try this, too: kill -9 the coordinator that leads (process ${started[2]} or ${started[3]}) while a run goes on.

Ctrl-C stops everything.
TEXT

if [ -n "$seconds" ]; then
  sleep "$seconds" &
  wait $!
else
  while :; do sleep 3600 & wait $!; done
fi
