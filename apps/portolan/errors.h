// SPDX-License-Identifier: Apache-2.0
// How a command gives up: what is wrong, where, and the cure, on standard error, and an exit status that says which.
//
// While options and files are read, a Refusal is thrown from wherever the doubt arises and printed in one place;
// nothing has been sent by then. Never thrown once packets flow. Any thread.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "options/error.h"

namespace portolan::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;    // the work began and did not come to its end
inline constexpr int kBadInput = 2;  // nothing was begun: the input is refused

class Refusal : public std::exception {
 public:
  explicit Refusal(options::Error error) : error_(std::move(error)) {}
  const options::Error& error() const { return error_; }
  const char* what() const noexcept override { return error_.what.c_str(); }

 private:
  options::Error error_;
};

// An empty `where` stands for the command line as a whole.
[[noreturn]] void refuse(std::string what, std::string where, std::string cure);

// "portolan: error: WHAT", then "  where: ..." and "  cure: ..." on lines of their own, as far as they are known.
void print_error(const options::Error& error);
void print_warning(const std::string& text);

// Whether colour suits the stream: a terminal that is not dumb, and no NO_COLOR in the environment (no-color.org).
bool wants_color(int fd);

}  // namespace portolan::cli
