#include "storage/slot_column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "storage/deflate.h"

namespace revisitd::storage {
namespace {

// How a column is written. kDeflated is added where deflate makes the payload shorter.
constexpr std::uint8_t kConstant = 0;  // 8 bytes
constexpr std::uint8_t kScaled = 1;    // divisor index, length, varints
constexpr std::uint8_t kPlanes = 2;    // length, 8 bytes per value
constexpr std::uint8_t kDeflated = 0x80;

// What a reading is a whole multiple of, once divided: decimals, and counts per slot. Append only;
// the index is stored.
constexpr std::array<double, 12> kDivisors = {1,   10,  100,  1000, 1e4, 1e5,
                                              1e6, 1e9, 60.0, 600,  900, 3600};
constexpr double kLargestScaled = 9007199254740992.0;  // 2^53
constexpr std::size_t kLongestVarint = 10;

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

// As read_scaled() has it: a whole number has no negative zero.
double unscaled(std::int64_t whole, double divisor) { return static_cast<double>(whole) / divisor; }

std::optional<std::int64_t> scaled(double value, double divisor) {
  const double product = std::nearbyint(value * divisor);
  if (!(std::abs(product) < kLargestScaled)) {
    return std::nullopt;
  }
  const auto whole = static_cast<std::int64_t>(product);
  return bits_of(unscaled(whole, divisor)) == bits_of(value) ? std::optional(whole) : std::nullopt;
}

bool all_scale(std::span<const double> values, double divisor) {
  return std::ranges::all_of(values, [&](double v) { return scaled(v, divisor).has_value(); });
}

std::string scaled_payload(std::span<const double> values, double divisor) {
  std::string out;
  std::int64_t last = 0;
  for (const double value : values) {
    const std::int64_t whole = *scaled(value, divisor);
    append_varint(out, zigzag(whole - last));
    last = whole;
  }
  return out;
}

// All first bytes, then all second bytes, …, of each value's difference from the one before: the
// bytes that hardly move end up side by side, where deflate finds them.
std::string plane_payload(std::span<const double> values) {
  std::string out(values.size() * 8, '\0');
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t moved = bits_of(values[i]) ^ last;
    for (std::size_t plane = 0; plane < 8; ++plane) {
      out[plane * values.size() + i] = static_cast<char>((moved >> (8 * plane)) & 0xff);
    }
    last = bits_of(values[i]);
  }
  return out;
}

void append_payload(std::string& out, std::string_view payload) {
  append_varint(out, payload.size());
  out.append(payload);
}

// Writes the form's byte, what belongs in front of the payload, and the payload.
std::string written(std::uint8_t form, std::string_view front, const std::string& payload) {
  const std::string packed = deflated(payload);
  const bool shorter = packed.size() < payload.size();
  std::string out(1, static_cast<char>(shorter ? form | kDeflated : form));
  out.append(front);
  append_payload(out, shorter ? packed : payload);
  return out;
}

std::optional<std::string> read_payload(ByteReader& in, bool deflate, std::size_t limit) {
  const auto length = in.varint();
  if (!length || *length > limit) {
    return std::nullopt;
  }
  const auto text = in.take(static_cast<std::size_t>(*length));
  if (!text) {
    return std::nullopt;
  }
  return deflate ? inflated(*text, limit) : std::optional(std::string(*text));
}

std::optional<std::vector<double>> read_constant(ByteReader& in, std::size_t count) {
  const auto word = in.word(8);
  return word ? std::optional(std::vector<double>(count, std::bit_cast<double>(*word)))
              : std::nullopt;
}

std::optional<std::vector<double>> read_scaled(ByteReader& in, std::size_t count, bool deflate) {
  const auto divisor = in.byte();
  const auto payload = read_payload(in, deflate, count * kLongestVarint);
  if (!divisor || *divisor >= kDivisors.size() || !payload) {
    return std::nullopt;
  }
  ByteReader numbers(*payload);
  std::vector<double> values;
  values.reserve(count);
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto step = numbers.varint();
    if (!step) {
      return std::nullopt;
    }
    last += static_cast<std::uint64_t>(unzigzag(*step));
    values.push_back(unscaled(static_cast<std::int64_t>(last), kDivisors[*divisor]));
  }
  return numbers.rest().empty() ? std::optional(std::move(values)) : std::nullopt;
}

std::optional<std::vector<double>> read_planes(ByteReader& in, std::size_t count, bool deflate) {
  const auto payload = read_payload(in, deflate, count * 8);
  if (!payload || payload->size() != count * 8) {
    return std::nullopt;
  }
  std::vector<double> values;
  values.reserve(count);
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t plane = 0; plane < 8; ++plane) {
      const auto byte = static_cast<std::uint8_t>((*payload)[plane * count + i]);
      last ^= static_cast<std::uint64_t>(byte) << (8 * plane);
    }
    values.push_back(std::bit_cast<double>(last));
  }
  return values;
}

}  // namespace

void append_column(std::string& out, std::span<const double> values) {
  const std::uint64_t first = bits_of(values.front());
  if (std::ranges::all_of(values, [&](double v) { return bits_of(v) == first; })) {
    out.push_back(static_cast<char>(kConstant));
    append_word(out, first, 8);
    return;
  }
  std::string best = written(kPlanes, "", plane_payload(values));
  for (std::size_t i = 0; i < kDivisors.size(); ++i) {
    if (all_scale(values, kDivisors[i])) {
      std::string text = written(kScaled, std::string(1, static_cast<char>(i)),
                                 scaled_payload(values, kDivisors[i]));
      if (text.size() < best.size()) {
        best = std::move(text);
      }
      break;
    }
  }
  out += best;
}

std::optional<std::vector<double>> read_column(ByteReader& in, std::size_t count) {
  const auto form = in.byte();
  if (!form) {
    return std::nullopt;
  }
  const bool deflate = (*form & kDeflated) != 0;
  switch (*form) {
    case kConstant:
      return read_constant(in, count);
    case kScaled:
    case kScaled | kDeflated:
      return read_scaled(in, count, deflate);
    case kPlanes:
    case kPlanes | kDeflated:
      return read_planes(in, count, deflate);
    default:
      return std::nullopt;
  }
}

}  // namespace revisitd::storage
