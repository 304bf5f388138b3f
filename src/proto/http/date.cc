// SPDX-License-Identifier: Apache-2.0
#include "proto/http/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace portolan::proto::http {

namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Parts {
  std::string_view weekday;
  unsigned day;
  std::string_view month;
  int year;
  long hour, minute, second;
};

Parts parts_of(base::Nanos wall) {
  namespace ch = std::chrono;
  const ch::sys_seconds time{ch::floor<ch::seconds>(ch::nanoseconds(wall))};
  const ch::sys_days day = ch::floor<ch::days>(time);
  const ch::year_month_day date(day);
  const ch::hh_mm_ss clock(time - day);
  return {kWeekdays[ch::weekday(day).c_encoding()],
          unsigned(date.day()),
          kMonths[unsigned(date.month()) - 1],
          int(date.year()),
          clock.hours().count(),
          clock.minutes().count(),
          clock.seconds().count()};
}

}  // namespace

DateText DateText::http(base::Nanos wall) {
  const Parts p = parts_of(wall);
  DateText date;
  const auto end = fmt::format_to_n(date.text_.data(), date.text_.size(), "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                                    p.weekday, p.day, p.month, p.year, p.hour, p.minute, p.second);
  date.size_ = std::min(end.size, date.text_.size());
  return date;
}

DateText DateText::mail(base::Nanos wall) {
  const Parts p = parts_of(wall);
  DateText date;
  const auto end = fmt::format_to_n(date.text_.data(), date.text_.size(), "{}, {} {} {:04} {:02}:{:02}:{:02} +0000",
                                    p.weekday, p.day, p.month, p.year, p.hour, p.minute, p.second);
  date.size_ = std::min(end.size, date.text_.size());
  return date;
}

}  // namespace portolan::proto::http
