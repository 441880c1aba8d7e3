#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The few shapes that packed slots are written in: bytes, little-endian words, and varints of seven
// bits per byte, lowest first.
namespace revisitd::storage {

void append_word(std::string& out, std::uint64_t value, std::size_t bytes);
void append_varint(std::string& out, std::uint64_t value);

// Small signed numbers to small unsigned ones: 0, -1, 1, -2 … to 0, 1, 2, 3 …
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Reads a text from front to back; every read past its end is nothing. The text must outlive it.
class ByteReader {
 public:
  explicit ByteReader(std::string_view text) : rest_(text) {}

  std::optional<std::uint8_t> byte();
  std::optional<std::uint64_t> word(std::size_t bytes);
  // Nothing also where the number does not fit 64 bits.
  std::optional<std::uint64_t> varint();
  std::optional<std::string_view> take(std::size_t bytes);
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace revisitd::storage
