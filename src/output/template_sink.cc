// SPDX-License-Identifier: Apache-2.0
#include "output/template_sink.h"

#include <fmt/format.h>

#include <algorithm>

#include "output/line_sink.h"
#include "output/put.h"

namespace portolan::output {
namespace {

struct ValueWriter {
  std::string& out;

  void operator()(std::monostate) const {}
  void operator()(uint64_t v) const { put(out, v); }
  void operator()(const std::string& v) const { append_printable(out, v); }
  void operator()(std::span<const uint8_t> v) const {
    for (size_t i = 0; i < v.size(); ++i) {
      if (i != 0) out.push_back(' ');
      put(out, v[i]);
    }
  }
};

}  // namespace

bool Template::find_field(std::string_view name, Piece& piece) {
  static constexpr std::pair<std::string_view, Kind> kOwn[] = {
      {"ip", Kind::kIp},           {"port", Kind::kPort},    {"proto", Kind::kProto}, {"timestamp", Kind::kTimestamp},
      {"service", Kind::kService}, {"banner", Kind::kBanner}};
  for (const auto& [known, kind] : kOwn) {
    if (known == name) piece.kind = kind;
  }
  for (const result::Field& field : result::observation_fields()) {
    if (field.name != name) continue;
    piece.kind = Kind::kField;
    piece.field = &field;
  }
  return piece.kind != Kind::kText;
}

std::string Template::field_names() {
  std::string names = "ip port proto timestamp service banner";
  for (const result::Field& field : result::observation_fields()) names.append(" ").append(field.name);
  return names;
}

// `text` begins with a brace; how much of it was understood.
tl::expected<size_t, std::string> Template::parse_brace(std::string_view text, Template& made) {
  if (text.size() > 1 && text[1] == text[0]) {
    made.pieces_.push_back({Kind::kText, std::string(text.substr(0, 1)), nullptr});
    return 2;
  }
  const size_t end = text.find('}');
  if (text[0] == '}') return tl::unexpected(std::string("a } stands alone: write }} to print one"));
  if (end == std::string_view::npos) return tl::unexpected(std::string("a { is not closed: write {{ to print one"));
  const std::string_view name = text.substr(1, end - 1);
  Piece piece;
  if (!find_field(name, piece)) {
    return tl::unexpected(fmt::format("there is no field '{}'; there are: {}", name, field_names()));
  }
  made.wants_banners_ |= piece.kind == Kind::kService || piece.kind == Kind::kBanner;
  made.pieces_.push_back(std::move(piece));
  return end + 1;
}

tl::expected<Template, std::string> Template::parse(std::string_view text) {
  Template made;
  while (!text.empty()) {
    size_t size = std::min(text.find_first_of("{}"), text.size());
    if (size != 0) {
      made.pieces_.push_back({Kind::kText, std::string(text.substr(0, size)), nullptr});
    } else {
      const auto understood = parse_brace(text, made);
      if (!understood) return tl::unexpected(understood.error());
      size = *understood;
    }
    text.remove_prefix(size);
  }
  return made;
}

void Template::append_target(std::string& out, Kind kind, const addr::Target& target, base::Nanos wall) {
  if (kind == Kind::kIp) put(out, target.address);
  if (kind == Kind::kPort) put(out, target.service.port);
  if (kind == Kind::kProto) out += addr::name(target.service.protocol);
  if (kind == Kind::kTimestamp) put_seconds(out, wall);
}

void Template::append(std::string& out, const result::Observation& o) const {
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::kText) {
      out += piece.text;
    } else if (piece.kind == Kind::kField) {
      std::visit(ValueWriter{out}, piece.field->get(o));
    } else {
      append_target(out, piece.kind, o.target, o.wall);
    }
  }
  out.push_back('\n');
}

void Template::append(std::string& out, const result::Banner& b) const {
  if (!wants_banners_) return;
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::kText) {
      out += piece.text;
    } else if (piece.kind == Kind::kService) {
      append_printable(out, name(b.application));
    } else if (piece.kind == Kind::kBanner) {
      append_printable(out, base::as_text(b.text));
    } else if (piece.kind == Kind::kField) {
      if (piece.field->name == "time") put_time(out, b.wall);
      if (piece.field->name == "ttl" && b.ttl != 0) put(out, b.ttl);
    } else {
      append_target(out, piece.kind, b.target, b.wall);
    }
  }
  out.push_back('\n');
}

}  // namespace portolan::output
