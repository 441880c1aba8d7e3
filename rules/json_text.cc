#include "rules/json_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>

namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;

// Whether nothing of it is to be escaped; without a branch, so that a compiler looks at many bytes
// at a time.
bool is_plain(std::string_view text) {
  std::uint8_t odd = 0;
  for (const char c : text) {
    const bool printable = static_cast<std::uint8_t>(c - ' ') < 0x7f - ' ';
    odd = static_cast<std::uint8_t>(odd | (!printable || c == '"' || c == '\\' ? 1 : 0));
  }
  return odd == 0;
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  const std::size_t begin = out.size();
  out += '"';
  for (std::string_view left = text;;) {
    const std::size_t newline = left.find('\n');  // a meaning has some
    const std::string_view line = left.substr(0, newline);
    if (!is_plain(line)) {
      out.resize(begin);
      out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
      return;
    }
    out += line;
    if (newline == std::string_view::npos) break;
    out += "\\n";
    left.remove_prefix(newline + 1);
  }
  out += '"';
}

void append_json_integer(std::string& out, std::int64_t number) {
  std::array<char, 24> text{};
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

void append_json_number(std::string& out, double number) {
  constexpr double kMost = std::numeric_limits<double>::max();
  if (!std::isfinite(number)) number = std::isnan(number) ? 0 : std::copysign(kMost, number);
  std::array<char, 32> text{};
  const char* const end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

}  // namespace revisitd::rules
