#pragma once

#include <zlib.h>

#include <cstdint>
#include <string_view>

namespace revisitd::storage {

// CRC-32 of a row's fields, each with its length, kept beside the row: the database format has no
// checksums of its own, and a byte that flipped inside a text is no damage to it.
class RowDigest {
 public:
  RowDigest& add(std::string_view text) {
    add(static_cast<std::int64_t>(text.size()));
    mix(text.data(), text.size());
    return *this;
  }
  RowDigest& add(std::int64_t number) {
    mix(&number, sizeof number);
    return *this;
  }
  [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(value_); }

 private:
  void mix(const void* bytes, std::size_t size) {
    value_ = crc32_z(value_, static_cast<const Bytef*>(bytes), size);
  }

  uLong value_ = 0;
};

}  // namespace revisitd::storage
