#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// JSON written piece by piece, where a tree of it would cost several times as much.
namespace revisitd::rules {

// In quotes, escaped where it must be; bytes that are no UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);
void append_json_integer(std::string& out, std::int64_t number);
// So that the same double is read back. JSON has no infinity: what ran out of a double's range is
// written as the largest, NaN as 0.
void append_json_number(std::string& out, double number);

}  // namespace revisitd::rules
