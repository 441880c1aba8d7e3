#include "rules/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

bool is_plain(char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; }

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out += '"';
  for (std::string_view left = text; !left.empty(); left.remove_prefix(1)) {
    const std::string_view odd(std::ranges::find_if_not(left, is_plain), left.end());
    out.append(left.begin(), odd.begin());
    left = odd;
    if (left.empty()) break;
    if (left.front() != '\n') {  // a meaning has some
      out.resize(begin);
      out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
      return;
    }
    out += "\\n";
  }
  out += '"';
}

void append_json_integer(std::string& out, std::int64_t number) {
  std::array<char, 24> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

void append_json_number(std::string& out, double number) {
  constexpr double kMost = std::numeric_limits<double>::max();
  if (!std::isfinite(number)) number = std::isnan(number) ? 0 : std::copysign(kMost, number);
  std::array<char, 32> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

}  // namespace revisitd::rules
