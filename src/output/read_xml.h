// SPDX-License-Identifier: Apache-2.0
// XmlReader: results in XML as nmap writes it (-oX), and in masscan's dialect of it.
//
// Not an XML parser: it knows tags, attributes, comments, the five named entities and numeric ones, which is what these
// files are made of. It takes one <host> after the other, and of each the addresses, the time, the ports with state,
// service and banner, and, where nmap found a host by ARP, neighbor discovery or an ICMP reply, that it is up. Entities
// that a document defines itself are not read, so that none can grow. All else is passed over.
// Use it through ResultStream (result_reader.h), which bounds a host to 16 MiB. One thread.
#pragma once

#include <string>

#include "output/result_reader.h"

namespace portolan::output {

class XmlReader final : public ResultReader {
 public:
  size_t read(std::string_view bytes, bool last, result::Sink& into) override;
  std::string_view form() const override { return "XML"; }

 private:
  // What is known of the host at hand.
  struct Host {
    std::string_view ip, mac, seconds, status_reason, ttl;
    bool in_port = false;
    Said port;  // the one at hand
    std::string_view script;
  };
  size_t before_host(std::string_view rest, bool last);
  std::string_view host(std::string_view element, result::Sink& into);
  template <class Get>
  static void opening(Host& host, std::string_view tag, const Get& get);
  std::string_view port(const Host& host, result::Sink& into);
  std::string_view host_is_up(const Host& host, result::Sink& into);

  bool closed_ = false;  // </nmaprun> was seen
  bool opened_ = false;
  std::string text_;
};

// Appends the value of an attribute: entities become what they stand for, and \xHH, which masscan and nmap write for
// bytes, the byte.
void append_xml_decoded(std::string& out, std::string_view value);

}  // namespace portolan::output
