// SPDX-License-Identifier: Apache-2.0
// JA3 and JA4: what a TLS client is made with, as a hash of its ClientHello.
//
// JA3 (Althouse, Atkinson, Atkins, 2017): version, cipher suites, extensions, groups and point formats as decimal
// numbers in their order, MD5. JA4 (FoxIO, 2023; the TLS client's is under the BSD licence): counts, version, name and
// ALPN in clear, then SHA-256 over sorted suites and over sorted extensions with the signature algorithms, 12 digits
// of each. Both leave GREASE out. Pure functions, any thread; they allocate.
#pragma once

#include <string>

#include "proto/tls/client_hello.h"

namespace portolan::proto::tls {

std::string ja3_text(const ClientHello& hello);  // "771,4865-4866,0-11-10,29-23,0"
std::string ja3(const ClientHello& hello);       // its MD5, 32 hexadecimal digits

// carrier: 't' TLS over TCP, 'q' QUIC, 'd' DTLS.
std::string ja4(const ClientHello& hello, char carrier = 't');  // "t13d1516h2_8daaf6152771_e5627efa2ab1"

// "h2,http/1.1"; at most `most` names.
std::string alpn_text(const ClientHello& hello, size_t most = 16);

}  // namespace portolan::proto::tls
