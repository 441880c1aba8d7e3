#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <protozero/exception.hpp>
#include <protozero/varint.hpp>
#include <string>
#include <string_view>

// Numbers in saved bytes, in as few of them as they need. Whole ones are varints as in protobuf,
// signed ones zigzagged; what says nothing by its size, such as a hash, takes eight bytes, the
// lowest first. A double comes back bit for bit. It begins with a varint:
//   0      the number that it is written near
//   1      eight bytes follow
//   even   whole: by how much it differs from that number, where that is whole, too, else from 0
//   odd    thousandths, as bounds of buckets are
namespace revisitd {

// Thrown where bytes cannot be what was written.
struct UnfitField : protozero::exception {
  [[nodiscard]] const char* what() const noexcept override { return "a field that cannot be"; }
};
inline void require(bool holds) {
  if (!holds) throw UnfitField();
}

inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

namespace packed {

// The exact integer that a double is; -0.0 is none.
inline bool is_whole(double value, std::int64_t& whole) {
  constexpr double kExact = 9007199254740992.0;  // 2^53
  if (!(std::abs(value) < kExact)) return false;
  whole = static_cast<std::int64_t>(value);
  return same_bits(static_cast<double>(whole), value);
}

inline double of_thousandths(std::int64_t count) { return static_cast<double>(count) / 1000; }

inline bool is_thousandths(double value, std::int64_t& count) {
  constexpr double kMost = 4398046511104.0;  // 2^42, so that the thousandths are exact
  if (!(std::abs(value) < kMost)) return false;
  count = static_cast<std::int64_t>(value * 1000 + (value < 0 ? -0.5 : 0.5));
  return same_bits(of_thousandths(count), value);
}

// As it lies in the bytes, and back.
inline std::uint64_t lowest_first(std::uint64_t value) {
  return std::endian::native == std::endian::little ? value : __builtin_bswap64(value);
}

// What whole numbers are counted from near this one.
inline std::int64_t origin(double near) {
  std::int64_t whole = 0;
  return is_whole(near, whole) ? whole : 0;
}

// Of numbers that nobody has checked, or of the least of all times: these wrap.
inline std::int64_t minus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
inline std::int64_t plus(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

// The varint that a number begins with which is not the one that it is near.
inline std::uint64_t form_of(double value, double near) {
  std::int64_t count = 0;
  if (is_whole(value, count)) return (protozero::encode_zigzag64(count - origin(near)) + 1) << 1;
  return is_thousandths(value, count) ? protozero::encode_zigzag64(count) << 1 | 1 : 1;
}

}  // namespace packed

// Puts rows of numbers behind what a string holds. All series are saved every minute: rows are put
// together beside it and added many at once.
class PackedWriter {
 public:
  // Up to eight numbers; it ends with its life, before the next begins.
  class Row {
   public:
    Row(const Row&) = delete;
    Row& operator=(const Row&) = delete;
    ~Row() { end_ = at_; }

    Row& whole(std::uint64_t value) {
      at_ += protozero::add_varint_to_buffer(at_, value);
      return *this;
    }
    // By how much it differs from another.
    Row& since(std::int64_t value, std::int64_t before) {
      return whole(protozero::encode_zigzag64(packed::minus(value, before)));
    }
    Row& fixed(std::uint64_t value) {
      value = packed::lowest_first(value);
      std::memcpy(at_, &value, 8);
      at_ += 8;
      return *this;
    }
    Row& number(double value, double near) {
      if (same_bits(value, near)) return whole(0);
      const std::uint64_t form = packed::form_of(value, near);
      return form != 1 ? whole(form) : whole(1).fixed(std::bit_cast<std::uint64_t>(value));
    }

   private:
    friend class PackedWriter;
    explicit Row(char*& end) : end_(end), at_(end) {}

    char*& end_;
    char* at_;
  };

  explicit PackedWriter(std::string& out) : out_(out) {}
  PackedWriter(const PackedWriter&) = delete;
  PackedWriter& operator=(const PackedWriter&) = delete;

  Row row() {
    if (bytes_.data() + bytes_.size() - end_ < kMostRowBytes) flush();
    return Row(end_);
  }
  // To be called at the end: until then some are not in the string yet.
  void flush() {
    out_.append(bytes_.data(), static_cast<std::size_t>(end_ - bytes_.data()));
    end_ = bytes_.data();
  }

 private:
  static constexpr std::ptrdiff_t kMostRowBytes = 80;

  std::string& out_;
  std::array<char, 1024> bytes_;
  char* end_ = bytes_.data();
};

// Reads them back. What is cut, or too large for what it is taken as, is thrown as a
// protozero::exception.
class PackedReader {
 public:
  explicit PackedReader(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t whole() {
    const char* at = rest_.data();
    const std::uint64_t value = protozero::decode_varint(&at, rest_.data() + rest_.size());
    rest_.remove_prefix(static_cast<std::size_t>(at - rest_.data()));
    return value;
  }
  std::uint64_t whole(std::uint64_t most) {
    const std::uint64_t value = whole();
    require(value <= most);
    return value;
  }
  std::uint32_t whole32() {
    return static_cast<std::uint32_t>(whole(std::numeric_limits<std::uint32_t>::max()));
  }
  // How many of something follow, each of so many bytes or more: never more than can follow.
  std::size_t count(std::size_t least_bytes) {
    const std::uint64_t value = whole();
    require(value <= rest_.size() / least_bytes);
    return value;
  }
  std::int64_t since(std::int64_t before) {
    return packed::plus(protozero::decode_zigzag64(whole()), before);
  }
  std::uint64_t fixed() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(8).data(), 8);
    return packed::lowest_first(value);
  }
  double number(double near) {
    const std::uint64_t form = whole();
    if (form == 0) return near;
    if (form == 1) return std::bit_cast<double>(fixed());
    if ((form & 1) != 0) return packed::of_thousandths(protozero::decode_zigzag64(form >> 1));
    const std::int64_t differs = protozero::decode_zigzag64((form >> 1) - 1);
    return static_cast<double>(packed::plus(differs, packed::origin(near)));
  }
  std::string_view take(std::size_t size) {
    require(size <= rest_.size());
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace revisitd
