#include "collectors/exposition_quick.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "collectors/exposition_block.h"
#include "collectors/exposition_chars.h"
#include "collectors/exposition_number.h"

namespace revisitd::collectors {
namespace {

constexpr std::size_t kBlock = Block::kBytes;

// Behind the name that begins at `at`; null when it does not end with whole blocks to spare.
inline const char* name_end(const char* at, const char* end, bool colons) {
  for (; static_cast<std::size_t>(end - at) >= kBlock; at += kBlock) {
    const std::uint32_t other = ~Block(at).name(colons) & 0xFFFF;
    if (other != 0) return at + std::countr_zero(other);
  }
  return nullptr;
}

// At the first byte that a label's value cannot go on with.
inline const char* value_end(const char* at, const char* end) {
  for (; static_cast<std::size_t>(end - at) >= kBlock; at += kBlock) {
    const std::uint32_t stop = Block(at).stop();
    if (stop != 0) return at + std::countr_zero(stop);
  }
  return nullptr;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool ends_number(char c) { return c == '\n' || c == ' '; }

constexpr int kMostPower = 22;  // powers of ten that are exact as doubles
constexpr std::uint64_t kMostExact = std::uint64_t{1} << 53;

constexpr std::array<double, kMostPower + 1> make_powers() {
  std::array<double, kMostPower + 1> powers{};
  double power = 1;
  for (double& one : powers) {
    one = power;
    power *= 10;
  }
  return powers;
}
constexpr std::array<double, kMostPower + 1> kPowers = make_powers();

// The digits of a decimal without its point and exponent.
struct Mantissa {
  std::uint64_t digits = 0;  // of more than 19 digits something else
  std::ptrdiff_t count = 0;  // of them
  int power = 0;             // of ten, of the last one
};

#ifdef __SSE2__
// The first `count` of eight digits as a number, 1 to 8 of them: neighbours are joined to pairs,
// pairs to fours and these to eight, with what was shifted in as zeros before the first.
inline std::uint64_t eight_digits(const char* at, unsigned count) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  word <<= 64 - 8 * count;
  word = (word & 0x0F0F0F0F0F0F0F0FULL) * (10 * 256 + 1) >> 8;
  word = (word & 0x00FF00FF00FF00FFULL) * (100 * 65536 + 1) >> 16;
  return (word & 0x0000FFFF0000FFFFULL) * (10000 * (std::uint64_t{1} << 32) + 1) >> 32;
}

constexpr std::array<std::uint64_t, 16> make_whole_powers() {
  std::array<std::uint64_t, 16> powers{};
  std::uint64_t power = 1;
  for (std::uint64_t& one : powers) {
    one = power;
    power *= 10;
  }
  return powers;
}
constexpr std::array<std::uint64_t, 16> kWholePowers = make_whole_powers();

constexpr unsigned kMostAtOnce = 15;  // with one more there may be more than were looked at

// A run of digits, of which sixteen bytes are looked at; how many there are comes back.
inline unsigned digit_run(const char* at, std::uint64_t& value) {
  const auto count = static_cast<unsigned>(std::countr_one(Block(at).digits()));
  if (count == 0) return 0;
  value = count <= 8
              ? eight_digits(at, count)
              : eight_digits(at, 8) * kWholePowers[count - 8] + eight_digits(at + 8, count - 8);
  return count;
}

// Without a loop over digits, whose ends nobody can foresee. Null when there may be more digits
// than it looks at.
inline const char* short_mantissa(const char* at, Mantissa& out) {
  const unsigned whole = digit_run(at, out.digits);
  if (whole > kMostAtOnce) return nullptr;
  at += whole;
  out.count = whole;
  if (*at != '.') return at;
  std::uint64_t fraction = 0;
  const unsigned places = digit_run(++at, fraction);
  if (places > kMostAtOnce) return nullptr;
  out.digits = out.digits * kWholePowers[places] + fraction;
  out.count += places;
  out.power = -static_cast<int>(places);
  return at + places;
}
#endif

const char* mantissa(const char* at, const char* end, Mantissa& out) {
#ifdef __SSE2__
  if (static_cast<std::size_t>(end - at) > 2 * kBlock) {
    if (const char* stop = short_mantissa(at, out)) return stop;
    out = {};
  }
#endif
  const auto digit = [&] { out.digits = out.digits * 10 + static_cast<unsigned>(*at - '0'); };
  const char* const first = at;
  for (; at != end && is_digit(*at); ++at) digit();
  out.count = at - first;
  if (at == end || *at != '.') return at;
  const char* const fraction = ++at;
  for (; at != end && is_digit(*at); ++at) digit();
  out.power = static_cast<int>(fraction - at);
  out.count += at - fraction;
  return at;
}

// A decimal of at most 19 digits whose digits and power of ten are exact as doubles: one operation
// on them gives the nearest double. Gives where it ends, null for any other number.
const char* short_decimal(const char* at, const char* end, double& value) {
  // Most values of most pages are a 0 or another digit.
  if (end - at > 1 && ends_number(at[1]) && is_digit(*at)) {
    value = *at - '0';
    return at + 1;
  }
  const bool negative = *at == '-';
  if (negative) ++at;
  Mantissa number;
  at = mantissa(at, end, number);
  if (number.count == 0 || number.count > 19 || number.digits > kMostExact) return nullptr;
  int power = number.power;
  if (at != end && (*at == 'e' || *at == 'E')) {
    ++at;
    const bool below = at != end && *at == '-';
    if (at != end && (*at == '-' || *at == '+')) ++at;
    const char* const exponent = at;
    int written = 0;
    for (; at != end && is_digit(*at) && at - exponent < 4; ++at)
      written = written * 10 + (*at - '0');
    if (at == exponent) return nullptr;
    power += below ? -written : written;
  }
  if (power < -kMostPower || power > kMostPower) return nullptr;
  const auto whole =
      static_cast<double>(static_cast<std::int64_t>(number.digits));  // one instruction
  const double size = power < 0 ? whole / kPowers[static_cast<std::size_t>(-power)]
                                : whole * kPowers[static_cast<std::size_t>(power)];
  value = negative ? -size : size;
  return at;
}

constexpr std::ptrdiff_t kMostMillis = 18;  // digits that fit in any case

// Any number there is, up to a blank or the newline.
const char* long_number(const char* at, const char* end, double& value) {
  const char* stop = at;
  while (stop != end && !ends_number(*stop) && *stop != '\t' && *stop != '{') ++stop;
  if (stop == end || !ends_number(*stop)) return nullptr;
  const ParsedFloat parsed = parse_sample_value({at, static_cast<std::size_t>(stop - at)});
  if (parsed.fault != NumberFault::none) return nullptr;
  value = parsed.value;
  return stop;
}

}  // namespace

std::size_t QuickReader::value(std::string_view text, std::size_t series, Reading& out) const {
  const char* const end = text.data() + text.size();
  const char* at = text.data() + series;
  if (end - at < 3 || *at != ' ') return kNone;
  ++at;
  const char* stop = short_decimal(at, end, out.value);
  if (stop == nullptr || stop == end || !ends_number(*stop)) {
    stop = long_number(at, end, out.value);
    if (stop == nullptr) return kNone;
  }
  out.timestamp_ms.reset();
  if (*stop == ' ') {
    if (!timestamps_) return kNone;
    const char* const first = ++stop;
    std::int64_t millis = 0;
    const auto room = std::min<std::ptrdiff_t>(end - first, kMostMillis);
    for (; stop - first < room && is_digit(*stop); ++stop) millis = millis * 10 + (*stop - '0');
    if (stop == first || stop == end || *stop != '\n') return kNone;
    out.timestamp_ms = millis;
  }
  return static_cast<std::size_t>(stop - text.data());
}

std::size_t QuickReader::sample(std::string_view text, SampleView& out) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (text.empty() || !is_class(*begin, kMetricStart)) return kNone;
  const char* at = name_end(begin, end, true);
  if (at == nullptr) return kNone;
  out.name = {begin, static_cast<std::size_t>(at - begin)};
  if (out.name.size() > limits_.metric_name_bytes) return kNone;
  labels_.clear();
  if (*at == '{') {
    do {
      const char* const name = ++at;
      at = name_end(name, end, false);
      if (at == nullptr || at == name || is_digit(*name) || end - at < 2) return kNone;
      if (at[0] != '=' || at[1] != '"') return kNone;
      const std::string_view label(name, static_cast<std::size_t>(at - name));
      const char* const first = at + 2;
      at = value_end(first, end);
      if (at == nullptr || *at != '"' || end - at < 2) return kNone;
      const std::string_view held(first, static_cast<std::size_t>(at - first));
      if (label.size() > limits_.label_name_bytes || held.size() > limits_.label_value_bytes ||
          labels_.size() >= limits_.labels) {
        return kNone;
      }
      labels_.push_back({label, held});
      ++at;
    } while (*at == ',');
    if (*at != '}') return kNone;
    ++at;
  }
  const auto series = static_cast<std::size_t>(at - begin);
  Reading reading;
  const std::size_t newline = value(text, series, reading);
  if (newline == kNone) return kNone;
  out.labels = labels_;
  out.series = text.substr(0, series);
  out.value = reading.value;
  out.timestamp_ms = reading.timestamp_ms;
  out.exemplar.reset();
  return newline;
}

}  // namespace revisitd::collectors
