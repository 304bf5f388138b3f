# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034
# The Debian 12 packages that Portolan needs. Each has its reason and licence in docs/dependencies.md.

# To build the program and to run it.
RUN_PACKAGES=(
  g++ cmake ninja-build pkg-config
  libfmt-dev libexpected-dev libmnl-dev libpcap-dev libseccomp-dev libssl-dev libtomlplusplus-dev libpcre2-dev
  libmicrohttpd-dev prometheus-cpp-dev
  libsqlite3-dev libzstd-dev libhiredis-dev
  libbpf-dev libxdp-dev bpftool clang-16
  nftables iproute2
)

# To run ./test.
TEST_PACKAGES=(
  libclang-rt-16-dev clang-format-16 clang-tidy-16 shellcheck
  libgtest-dev libgmock-dev librapidcheck-dev libbenchmark-dev
  nginx-light openssh-server dnsmasq-base
  libxml2-utils ndiff jq python3-libnmap zstd
  python3 python3-scapy ethtool procps iputils-ping tcpdump tshark
  arping bind9-dnsutils coturn curl ldap-utils mariadb-client-core mosquitto-clients netcat-openbsd nmap ntpsec-ntpdate
  openssh-client openssl redis-tools rpcbind sipsak smbclient snmp stun-client telnet-ssl tftp-hpa tnftp
  debootstrap dpkg-dev libcap2-bin lintian man-db systemd zsh fish
  sqlite3 redis-server
)
