// SPDX-License-Identifier: Apache-2.0
#include "proto/tls/fingerprint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/evp.h>

#include <algorithm>

namespace portolan::proto::tls {
namespace {

constexpr size_t kMostCounted = 99;  // JA4 has two digits for a count
constexpr size_t kDigitsOfHash = 12;

std::string digest(const EVP_MD* kind, std::string_view text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), out.data(), &size, kind, nullptr) != 1) size = 0;
  return fmt::format("{:02x}", fmt::join(out.begin(), out.begin() + size, ""));
}

std::vector<uint16_t> extension_types(const ClientHello& hello) {
  std::vector<uint16_t> all;
  hello.each_extension([&](uint16_t type) {
    if (!is_grease(type)) all.push_back(type);
  });
  return all;
}

std::string decimal(const std::vector<uint16_t>& list) { return fmt::format("{}", fmt::join(list, "-")); }
std::string hexadecimal(const std::vector<uint16_t>& list) { return fmt::format("{:04x}", fmt::join(list, ",")); }

std::string short_hash(const std::string& text) { return digest(EVP_sha256(), text).substr(0, kDigitsOfHash); }
const std::string kNothing(kDigitsOfHash, '0');

std::string_view version_digits(const ClientHello& hello) {
  uint16_t version = hello.legacy_version();
  if (const std::vector<uint16_t> offered = numbers(hello.supported_versions()); !offered.empty()) {
    version = *std::max_element(offered.begin(), offered.end());
  }
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    case 0xfeff:
      return "d1";
    case 0xfefd:
      return "d2";
    case 0xfefc:
      return "d3";
    default:
      return "00";
  }
}

bool is_alphanumeric(uint8_t c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// First and last character of the first name, or of its hexadecimal digits when one of them is neither letter nor
// digit.
std::string alpn_ends(const ClientHello& hello) {
  const base::Bytes list = hello.alpn();
  if (list.empty() || list[0] == 0) return "00";
  const base::Bytes name = list.subspan(1, list[0]);
  if (is_alphanumeric(name.front()) && is_alphanumeric(name.back())) {
    return {static_cast<char>(name.front()), static_cast<char>(name.back())};
  }
  return fmt::format("{:x}{:x}", name.front() >> 4, name.back() & 0xf);
}

std::string cipher_hash(std::vector<uint16_t> ciphers) {
  if (ciphers.empty()) return kNothing;
  std::sort(ciphers.begin(), ciphers.end());
  return short_hash(hexadecimal(ciphers));
}

std::string extension_hash(std::vector<uint16_t> types, const std::vector<uint16_t>& signature_algorithms) {
  if (types.empty()) return kNothing;
  std::erase_if(types, [](uint16_t t) { return t == extension::kServerName || t == extension::kAlpn; });
  std::sort(types.begin(), types.end());
  std::string text = hexadecimal(types);
  if (!signature_algorithms.empty()) text += "_" + hexadecimal(signature_algorithms);
  return short_hash(text);
}

}  // namespace

std::string ja3_text(const ClientHello& hello) {
  return fmt::format("{},{},{},{},{}", hello.legacy_version(), decimal(numbers(hello.cipher_suites())),
                     decimal(extension_types(hello)), decimal(numbers(hello.groups())),
                     fmt::join(hello.point_formats(), "-"));
}

std::string ja3(const ClientHello& hello) { return digest(EVP_md5(), ja3_text(hello)); }

std::string ja4(const ClientHello& hello, char carrier) {
  const std::vector<uint16_t> ciphers = numbers(hello.cipher_suites());
  const std::vector<uint16_t> types = extension_types(hello);
  return fmt::format("{}{}{}{:02}{:02}{}_{}_{}", carrier, version_digits(hello), hello.has_server_name() ? 'd' : 'i',
                     std::min(ciphers.size(), kMostCounted), std::min(types.size(), kMostCounted), alpn_ends(hello),
                     cipher_hash(ciphers), extension_hash(types, numbers(hello.signature_algorithms())));
}

std::string alpn_text(const ClientHello& hello, size_t most) {
  std::string text;
  base::Bytes rest = hello.alpn();
  for (size_t i = 0; i < most && !rest.empty(); ++i) {
    const base::Bytes name = rest.subspan(1, rest[0]);
    if (i != 0) text += ',';
    text.append(reinterpret_cast<const char*>(name.data()), name.size());
    rest = rest.subspan(1 + name.size());
  }
  return text;
}

}  // namespace portolan::proto::tls
