#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

// Numbers in lines of saved text, a blank in front of each.
namespace revisitd::collectors {

inline constexpr std::size_t kFieldBytes = 32;  // a blank and the longest number

// Writes one at `at`, which has kFieldBytes of room; returns its end.
template <class T>
char* put_field(char* at, T value) {
  *at = ' ';
  return std::to_chars(at + 1, at + kFieldBytes, value).ptr;
}

// Most are counts: a whole number is written as one, in a fifth of the time.
inline char* put_field(char* at, double value) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  const bool whole = std::abs(value) < kExact && value == std::trunc(value);
  if (whole && (value != 0 || !std::signbit(value)))
    return put_field(at, static_cast<std::int64_t>(value));
  *at = ' ';
  return std::to_chars(at + 1, at + kFieldBytes, value).ptr;
}

// A number that says nothing by its size, such as a hash: sixteen digits rather than twenty.
struct Hex {
  std::uint64_t value = 0;
};
inline char* put_field(char* at, Hex hex) {
  *at = ' ';
  return std::to_chars(at + 1, at + kFieldBytes, hex.value, 16).ptr;
}

class Fields {
 public:
  explicit Fields(std::string_view line) : rest_(line) {}

  // False, and nothing more to be had from it, where a number is missing or no such number.
  template <class... T>
  bool take(T&... values) {
    return (one(values) && ...);
  }
  [[nodiscard]] bool done() const { return rest_.empty(); }
  // All that was not taken yet.
  std::string_view take_rest() { return std::exchange(rest_, {}); }

 private:
  template <class T>
  bool one(T& value) {
    return read([&](const char* from, const char* to) { return std::from_chars(from, to, value); });
  }
  bool one(Hex& hex) {
    return read(
        [&](const char* from, const char* to) { return std::from_chars(from, to, hex.value, 16); });
  }
  template <class Read>
  bool read(const Read& from_chars) {
    if (rest_.empty() || rest_.front() != ' ') return false;
    const auto [end, error] = from_chars(rest_.data() + 1, rest_.data() + rest_.size());
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  std::string_view rest_;
};

}  // namespace revisitd::collectors
