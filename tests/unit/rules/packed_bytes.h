#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "rules/packed_fields.h"

// Saved bytes as tests put them together, number by number.
namespace revisitd {

class PackedBytes {
 public:
  PackedBytes& whole(std::uint64_t value) {
    return add([&](PackedWriter::Row row) { row.whole(value); });
  }
  PackedBytes& since(std::int64_t value, std::int64_t before = 0) {
    return add([&](PackedWriter::Row row) { row.since(value, before); });
  }
  PackedBytes& fixed(std::uint64_t value) {
    return add([&](PackedWriter::Row row) { row.fixed(value); });
  }
  PackedBytes& number(double value, double near = 0) {
    return add([&](PackedWriter::Row row) { row.number(value, near); });
  }
  PackedBytes& then(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  // While it lives.
  operator std::string_view() const { return bytes_; }  // NOLINT: bytes like any others

 private:
  template <class Put>
  PackedBytes& add(const Put& put) {
    PackedWriter to(bytes_);
    put(to.row());
    to.flush();
    return *this;
  }

  std::string bytes_;
};

}  // namespace revisitd
