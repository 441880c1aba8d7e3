#include "storage/bytes.h"

namespace revisitd::storage {

void append_word(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) {
    out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
  }
}

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) {
    out.push_back(static_cast<char>((value & 0x7f) | 0x80));
  }
  out.push_back(static_cast<char>(value));
}

std::optional<std::uint8_t> ByteReader::byte() {
  if (rest_.empty()) {
    return std::nullopt;
  }
  const auto first = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return first;
}

std::optional<std::uint64_t> ByteReader::word(std::size_t bytes) {
  const auto text = take(bytes);
  if (!text) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>((*text)[i])) << (8 * i);
  }
  return value;
}

std::optional<std::uint64_t> ByteReader::varint() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto next = byte();
    if (!next || (shift == 63 && *next > 1)) {
      return std::nullopt;
    }
    value |= static_cast<std::uint64_t>(*next & 0x7f) << shift;
    if (*next < 0x80) {
      return value;
    }
  }
  return std::nullopt;
}

std::optional<std::string_view> ByteReader::take(std::size_t bytes) {
  if (bytes > rest_.size()) {
    return std::nullopt;
  }
  const std::string_view taken = rest_.substr(0, bytes);
  rest_.remove_prefix(bytes);
  return taken;
}

}  // namespace revisitd::storage
