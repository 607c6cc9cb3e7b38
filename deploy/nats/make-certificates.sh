#!/bin/sh
# Makes what TLS between NATS servers and gateways needs: an authority of their own, a certificate of the servers, one of the gateways.
#   deploy/nats/make-certificates.sh FOLDER [NAME …]     names of the servers, by default nats-1 nats-2 nats-3
# Keep ca-key.pem elsewhere: who has it can make further certificates.
set -eu
folder=$1
shift
[ $# -gt 0 ] || set -- nats-1 nats-2 nats-3
days=825
umask 077
mkdir -p "$folder"
cd "$folder"

key() {
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:prime256v1 -out "$1"
}

# NAME USAGES [SUBJECT-ALTERNATIVE-NAMES]
certificate() {
  key "$1-key.pem"
  printf 'basicConstraints=critical,CA:FALSE\nextendedKeyUsage=%s\n' "$2" > "$1.ext"
  [ $# -lt 3 ] || printf 'subjectAltName=%s\n' "$3" >> "$1.ext"
  openssl req -new -key "$1-key.pem" -subj "/CN=alongside-$1" |
    openssl x509 -req -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days "$days" -extfile "$1.ext" -out "$1.pem"
  rm "$1.ext"
}

names=
for name in "$@"; do
  names="${names:+$names,}DNS:$name"
done
key ca-key.pem
openssl req -x509 -key ca-key.pem -days "$days" -subj /CN=alongside-nats -out ca.pem
# A server is the client of another, too.
certificate server serverAuth,clientAuth "$names"
certificate gateway clientAuth
