#!/usr/bin/env bash
# The sidecar beside `etcd --proxy on`: GET of one v2 key through each, in turns, by wrk.
#
#   mvn -ntp -DskipTests package && bash examples/sidecar/throughput.sh [rounds [seconds [warm-up seconds]]]
#
# Needs etcd (up to 3.5) and wrk. JAVA_HOME says which Java runs the sidecar, JAVA_OPTS with what.
set -euo pipefail
cd "$(dirname "$0")"
rounds=${1:-3} seconds=${2:-8} warm=${3:-60}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
options=(${JAVA_OPTS:--XX:+UseParallelGC})

directory=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait; rm -rf "$directory"' EXIT

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
await() { # until a URL is answered
    for _ in $(seq 300); do
        curl --silent --fail --output /dev/null "$1" && return
        sleep 0.1
    done
    echo "nobody answers at $1" >&2
    exit 1
}

client=$(free_port) peer=$(free_port) original=$(free_port) ours=$(free_port)
etcd --name m --data-dir "$directory/m" --enable-v2 --listen-client-urls "http://127.0.0.1:$client" \
    --advertise-client-urls "http://127.0.0.1:$client" --listen-peer-urls "http://127.0.0.1:$peer" \
    --initial-advertise-peer-urls "http://127.0.0.1:$peer" --initial-cluster "m=http://127.0.0.1:$peer" \
    >"$directory/m.log" 2>&1 &
pids+=($!)
await "http://127.0.0.1:$client/health"
etcd --proxy on --data-dir "$directory/p" --listen-client-urls "http://127.0.0.1:$original" \
    --initial-cluster "m=http://127.0.0.1:$peer" >"$directory/p.log" 2>&1 &
pids+=($!)
"$java" "${options[@]}" -jar target/etcd-proxy-sidecar.jar --proxy on --data-dir "$directory/s" \
    --listen-client-urls "http://127.0.0.1:$ours" --initial-cluster "m=http://127.0.0.1:$peer" \
    >"$directory/s.log" 2>&1 &
pids+=($!)
await "http://127.0.0.1:$original/v2/config/local/proxy"
await "http://127.0.0.1:$ours/-/ready"
curl --silent --fail --output /dev/null -X PUT "http://127.0.0.1:$client/v2/keys/foo" -d value=bar

load() { # port, connections, seconds: requests/s, median and 99th percentile in ms, and errors if there are any
    wrk --threads 1 --connections "$2" --duration "$3s" --latency "http://127.0.0.1:$1/v2/keys/foo" | awk '
        function ms(time) { return time ~ /us$/ ? time / 1000 : time ~ /ms$/ ? time + 0 : time * 1000 }
        /Requests\/sec/ { r = $2 } / 50%/ { m = ms($2) } / 99%/ { p = ms($2) } /Non-2xx|Socket errors/ { e = $0 }
        END { printf "%9.0f %9.2f %9.2f %s", r, m, p, e }'
}

measure() { # name, port, connections
    printf '%-14s %11s %s\n' "$1" "$3" "$(load "$2" "$3" "$seconds")" | tee -a "$directory/figures"
}

median() { # name, connections, column
    awk -v name="$1" -v connections="$2" -v column="$3" '$1 == name && $2 == connections { print $column }' \
        "$directory/figures" | sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
}

"$java" -version 2>&1 | sed -n 1p
echo "${options[*]}; $(nproc) cores; warming up for $warm s"
for connections in 64 16 1; do
    load "$ours" "$connections" $((warm / 3 + 1)) >/dev/null
done
printf '%-14s %11s   %s\n' "" connections "requests/s  median ms  p99 ms"
for _ in $(seq "$rounds"); do
    for connections in 1 16 64; do
        measure original "$original" "$connections"
        measure sidecar "$ours" "$connections"
    done
done
echo "medians of $rounds rounds:"
for connections in 1 16 64; do
    a=$(median original "$connections" 3) b=$(median sidecar "$connections" 3)
    printf '| %s | %.0f, %.1f ms | %.0f, %.1f ms | %.2f |\n' "$connections" "$a" "$(median original "$connections" 5)" \
        "$b" "$(median sidecar "$connections" 5)" "$(awk -v a="$a" -v b="$b" 'BEGIN { print b / a }')"
done
